// The states of sessions in the memory of this process: bounded, and without a timer for each.

import { type Generations, presentAtAccess, presentAtRefresh } from './generations.ts';
import type { SessionStates } from './session-states.ts';

/** The table, with what its operator is told. */
export interface SessionTable extends SessionStates {
  /** Sessions that are remembered now. */
  readonly size: number;
  /** Sessions that were forgotten before their end because there were too many. Each will be seeded again. */
  readonly forgotten: number;
}

interface Entry {
  generations: Generations | undefined;
  ended: boolean;
  fingerprintRefusals: number;
  refreshableUntil: number;
}

/** Several maps instead of one: a map that grows or tidies up stands still meanwhile, for as long as it is large. */
const partCount = 64;
/** Entries looked at in passing by each call that writes: more than it adds, so that what is over does not pile up. */
const sweptPerWrite = 2;

/**
 * Makes an empty table. A session is forgotten once none of its tokens can be refreshed, or, beyond `sessionsMax`, when
 * it has not been heard of for the longest time (among those of the same part). Each costs about 300 bytes.
 */
export function createSessionTable({ sessionsMax = 500_000 }: { readonly sessionsMax?: number } = {}): SessionTable {
  let forgotten = 0;
  const parts = Array.from({ length: partCount }, () =>
    createPart(Math.max(1, Math.floor(sessionsMax / partCount)), () => {
      forgotten += 1;
    }),
  );
  const first = parts[0] ?? createPart(0, () => {});
  const partOf = (sessionId: string) => parts[partNumber(sessionId)] ?? first;

  return {
    async refresh({ sessionId, generation, nowMs, refreshableUntil }) {
      const entry = partOf(sessionId).touch(sessionId, nowMs, refreshableUntil);
      if (entry.ended) return { verdict: 'replayed' };
      const verdict = presentAtRefresh(entry.generations, { generation, nowMs });
      if (verdict.verdict === 'replayed') {
        entry.ended = true;
        return verdict;
      }
      entry.generations = verdict.state;
      return { verdict: 'accepted', generation: verdict.generation, seeded: verdict.seeded };
    },

    access(sessionId, generation) {
      const entry = partOf(sessionId).find(sessionId);
      if (entry?.generations !== undefined) entry.generations = presentAtAccess(entry.generations, generation);
    },

    async countFingerprintRefusal({ sessionId, nowMs, refreshableUntil, refusalsMax }) {
      const entry = partOf(sessionId).touch(sessionId, nowMs, refreshableUntil);
      entry.fingerprintRefusals += 1;
      if (entry.fingerprintRefusals >= refusalsMax) entry.ended = true;
      return entry.fingerprintRefusals;
    },

    get size() {
      return parts.reduce((sum, part) => sum + part.size(), 0);
    },
    get forgotten() {
      return forgotten;
    },
  };
}

/** One of the maps: session id -> entry, the one that was heard of longest ago first. */
function createPart(sessionsMax: number, onForgotten: () => void) {
  const entries = new Map<string, Entry>();
  let sweep = entries.entries();

  function sweepSome(nowMs: number): void {
    for (let looked = 0; looked < sweptPerWrite; looked += 1) {
      const next = sweep.next();
      if (next.done === true) {
        sweep = entries.entries();
        return;
      }
      const [sessionId, entry] = next.value;
      if (isOver(entry, nowMs)) entries.delete(sessionId);
    }
  }

  return {
    size: () => entries.size,
    find: (sessionId: string) => entries.get(sessionId),

    /** The entry of a session, made where there is none, as the one heard of last. */
    touch(sessionId: string, nowMs: number, refreshableUntil: number): Entry {
      sweepSome(nowMs);
      const known = entries.get(sessionId);
      const isKnown = known !== undefined && !isOver(known, nowMs);
      const entry = isKnown ? known : { generations: undefined, ended: false, fingerprintRefusals: 0, refreshableUntil };
      entry.refreshableUntil = Math.max(entry.refreshableUntil, refreshableUntil);
      entries.delete(sessionId);
      entries.set(sessionId, entry);
      if (entries.size > sessionsMax) {
        for (const [oldest, { refreshableUntil: until }] of entries) {
          entries.delete(oldest);
          if (until * 1000 >= nowMs) onForgotten();
          break;
        }
      }
      return entry;
    },
  };
}

function isOver({ refreshableUntil }: Entry, nowMs: number): boolean {
  return refreshableUntil * 1000 < nowMs;
}

/** By the last two hexadecimal digits: session ids are random UUIDs. */
function partNumber(sessionId: string): number {
  const digits = Number.parseInt(sessionId.slice(-2), 16);
  return Number.isNaN(digits) ? 0 : digits % partCount;
}
