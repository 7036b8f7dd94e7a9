// Which proofs have been used: each counts once (RFC 9449, section 11.1). A proof is worth nothing once its nonce has
// expired, so it is remembered until then and no longer.

import { hash } from 'node:crypto';
import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from '../../platform/clock.ts';

/** Remembers used proofs: in memory here, or in a store that several nodes share. */
export interface ReplayMemory {
  /**
   * Remembers a proof by the thumbprint of its key and its `jti`, at least until `usableUntilMs` (milliseconds since
   * 1970). Gives false if it is remembered already, which means that this is a replay; of several calls at once for one
   * proof exactly one gives true. Throws a Refusal if it cannot remember: what is not remembered must not be accepted.
   */
  remember(thumbprint: string, jti: string, usableUntilMs: number): boolean | Promise<boolean>;
}

/** A replay memory of one process, which answers at once. */
export interface LocalReplayMemory extends ReplayMemory {
  remember(thumbprint: string, jti: string, usableUntilMs: number): boolean;
}

/** What a replay memory of one process needs. */
export interface ReplayMemoryDependencies {
  readonly clock: Clock;
  /** Proofs that are remembered at once, at about 100 bytes each. */
  readonly entriesMax?: number;
}

const generationMs = 30_000;

/**
 * Makes a replay memory of one process. When it is full it refuses with `overloaded` rather than forget a proof that
 * could come again: a flood of genuine proofs can delay others, for minutes at most, but can make no replay pass.
 */
export function createReplayMemory({ clock, entriesMax = 1_000_000 }: ReplayMemoryDependencies): LocalReplayMemory {
  // Proofs by the end of the half minute in which they become useless, so that forgetting them is dropping a set.
  const generations = new Map<number, Set<string>>();
  let entryCount = 0;

  function forget(nowMs: number): void {
    for (const [endMs, entries] of generations) {
      if (endMs > nowMs) continue;
      generations.delete(endMs);
      entryCount -= entries.size;
    }
  }

  function generationOf(usableUntilMs: number): Set<string> {
    const endMs = Math.ceil(usableUntilMs / generationMs) * generationMs;
    const known = generations.get(endMs);
    if (known !== undefined) return known;
    const entries = new Set<string>();
    generations.set(endMs, entries);
    return entries;
  }

  return {
    remember(thumbprint, jti, usableUntilMs) {
      const nowMs = clock.now();
      forget(nowMs);
      // A hash, so that every proof takes the same room, however long its `jti`.
      const entry = hash('sha256', `${thumbprint} ${jti}`, 'latin1');
      for (const entries of generations.values()) if (entries.has(entry)) return false;
      if (entryCount >= entriesMax) {
        const firstEndMs = Math.min(...generations.keys());
        throw new Refusal('overloaded', {
          detail: `The replay memory holds ${entryCount} proofs and is full.`,
          retryAfterSeconds: Math.ceil((firstEndMs - nowMs) / 1000),
        });
      }
      generationOf(usableUntilMs).add(entry);
      entryCount += 1;
      return true;
    },
  };
}
