// What all tabs of a browser know of their session: the record of it, and the last failure. The rules by which one tab's
// news becomes everyone's are here.

import { GangwayError } from './gangway-error.ts';
import type { ProofKeys } from './proof-keys.ts';
import type { Random } from './refresh-timing.ts';
import type { SessionClock } from './session-clock.ts';
import { type SessionRecord, sessionRecord } from './session-record.ts';
import type { SafeStorage } from './session-storage.ts';
import { clockNoiseMs, type Setback, setback, setbackOf } from './setback.ts';
import { storedItem } from './stored-item.ts';

/** The session of a browser. */
export interface SharedSession {
  /** Null where nothing is there, not even something damaged: somebody ended the session. */
  read(): SessionRecord | null | undefined;
  /**
   * Keeps what came, unless the storage has something later by now; that happens only where the lock failed.
   * @param former what was presented for it; undefined where a session began
   * @returns what the session is from now on; null where it was ended meanwhile
   */
  keep(former: SessionRecord | undefined, next: SessionRecord): SessionRecord | null;
  /** Notes a failure for all tabs. */
  note(failure: GangwayError): void;
  /** The failure that stands against another try. What failed after there was a reason to try, failed for all. `reasonAt`: milliseconds since 1970. */
  against(reasonAt: number): GangwayError | undefined;
  /** How long nobody tries again by itself, in milliseconds. */
  waitMs(): number;
  /** Forgets the session, its key and its failures. */
  forget(record: SessionRecord | undefined): void;
}

/** What is needed for it. */
export interface SharedDependencies {
  /** What the session is called among those of this browser. */
  readonly name: string;
  readonly storage: SafeStorage;
  readonly keys: ProofKeys;
  readonly clock: SessionClock;
  readonly random: Random;
}

/** Makes the view of one tab. */
export function createSharedSession({ name, storage, keys, clock, random }: SharedDependencies): SharedSession {
  const records = storedItem<SessionRecord>(storage, name, sessionRecord);
  const failures = storedItem<Setback>(storage, `${name}:setback`, setback);
  const waitMs = () => {
    const { at = 0, delayMs = 0 } = failures.read() ?? {};
    // One of the future was written before the clock was set back: nobody knows when, so it is over.
    return at > clock.now() + clockNoiseMs ? 0 : at + delayMs - clock.now();
  };
  return {
    read: records.read,
    keep(former, next) {
      failures.forget();
      const stored = records.read();
      const overtaken = stored && (stored.identity !== former?.identity || stored.tokenCount > next.tokenCount);
      if (overtaken || (former && stored === null)) {
        if (next.key !== stored?.key) keys.forget(next.key);
        return stored;
      }
      records.write(next);
      return next;
    },
    note: (failure) => failures.write(setbackOf(failure, (failures.read()?.failures ?? 0) + 1, clock.now(), random)),
    against(reasonAt) {
      const { at = 0, error } = failures.read() ?? {};
      if (!error || waitMs() <= 0) return undefined;
      // No reason is good enough where the server asked for patience, or where the fifth refusal would end the session.
      const strict = error.retryAfterSeconds || error.code === 'invalid_fingerprint';
      return strict || at >= reasonAt ? new GangwayError(error.code, error.message, error) : undefined;
    },
    waitMs,
    forget(record) {
      records.forget();
      failures.forget();
      keys.forget(record?.key);
    },
  };
}
