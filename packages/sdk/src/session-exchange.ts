// What a session says to the server: a create, a refresh or an end, each with the signals and the proof that it needs.

import { collectSignals } from './collect-signals.ts';
import type { Edge, EdgePath, SentHeaders } from './edge.ts';
import type { ProofKeys } from './proof-keys.ts';
import { type Random, refreshDelayMs } from './refresh-timing.ts';
import type { SessionClock } from './session-clock.ts';
import type { SessionRecord } from './session-record.ts';
import type { SafeStorage } from './session-storage.ts';

/** The exchanges of a session. Each rejects with a GangwayError. */
export interface SessionExchange {
  /** Begins a session, bound to a new key where browser and deployment can. */
  begin(): Promise<SessionRecord>;
  /** Goes on with it. */
  renew(record: SessionRecord): Promise<SessionRecord>;
  end(record: SessionRecord): Promise<unknown>;
}

/** What exchanges need. */
export interface ExchangeDependencies {
  readonly edge: Edge;
  readonly keys: ProofKeys;
  /** By default those of this browser. */
  readonly signals?: (loginTimestamp: string) => SentHeaders;
  readonly clock: SessionClock;
  readonly random: Random;
  readonly storage: SafeStorage;
}

type Speaker = Pick<SessionRecord, 'loginTimestamp' | 'tokenCount' | 'key'> & Partial<Pick<SessionRecord, 'token'>>;

/** Makes the exchanges. */
export function createSessionExchange(dependencies: ExchangeDependencies): SessionExchange {
  const { edge, keys, signals = collectSignals, clock, random, storage } = dependencies;

  /** Gives the record of the answer. */
  const say = async (path: EdgePath, { loginTimestamp, tokenCount, key, token }: Speaker): Promise<SessionRecord> => {
    // Before the answer: the machine may sleep while that is on its way, and the token grows old.
    const at = clock.now();
    const answer = await edge.post(path, token, signals(loginTimestamp), (...request) => keys.present(key, ...request));
    const dueAfterMs = refreshDelayMs(answer.ttl, random);
    return { ...answer, loginTimestamp, tokenCount: tokenCount + 1, key, at, dueAfterMs };
  };
  return {
    begin() {
      const loginTimestamp = String(clock.now());
      return keys.begin(storage.lasting(), (key) => say('Token', { loginTimestamp, tokenCount: 0, key }));
    },
    renew: (record) => say('Token/Refresh', record),
    end: (record) => say('Token/End', record),
  };
}
