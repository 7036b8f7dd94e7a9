// One tab at a time. Tabs share a session, and two that refresh the same token at once would look like a thief and a
// visitor (docs/sessions.md). Web Locks do it; where there are none (pages without https), or where the tab that holds the
// lock hangs, a lease in the storage does, less exactly: a lost race is what the server's ten seconds of grace are for.

import { browserLocks, type LockRequests } from './browser-locks.ts';
import type { Random } from './refresh-timing.ts';
import type { SessionClock } from './session-clock.ts';
import type { SafeStorage } from './session-storage.ts';
import { storedItem } from './stored-item.ts';

/**
 * Runs a task while no other tab runs one.
 * @param moot whether the task will find nothing left to do, so that it need not wait for a lease. Fifty tabs that want the
 * same would take turns for seconds after it was granted to all
 */
export type SessionLock = <Value>(task: () => Promise<Value>, moot?: () => boolean) => Promise<Value>;

/** What a lock needs. */
export interface LockDependencies {
  /** What the session is called among those of this browser. */
  readonly name: string;
  /** By default the browser's; null where it has none. */
  readonly locks?: LockRequests | null | undefined;
  readonly storage: SafeStorage;
  readonly clock: SessionClock;
  readonly random: Random;
}

/** A task asks three times at most, for 5 seconds each, and the key store for 2. Whoever holds on for longer hangs. */
const patienceMs = 20_000;
/** How long tabs of other processes may take to see what was written. */
const settleMs = 100;

interface Lease {
  readonly holder: number;
  /** When it was taken or prolonged: milliseconds since 1970. */
  readonly at: number;
}

/** Makes the lock of a session. */
export function createSessionLock({ name, locks = browserLocks(), storage, clock, random }: LockDependencies): SessionLock {
  const leases = storedItem<Lease>(storage, `${name}:lease`, { holder: 0, at: 0 });

  const underLease: SessionLock = async (task, moot) => {
    const holder = random();
    const mine = () => leases.read()?.holder === holder;
    const deadline = clock.elapsed() + patienceMs;
    // Nobody else sees the memory of this page. Of two who wrote at once, the last one has it.
    while (storage.lasting() && clock.elapsed() < deadline && !mine() && !moot?.()) {
      const ageMs = clock.now() - (leases.read()?.at ?? 0);
      // One of the future is older than a clock that was set back.
      if (ageMs < 0 || ageMs > patienceMs) leases.write({ holder, at: clock.now() });
      await new Promise<void>((resolve) => void clock.after(settleMs * (1 + random()), resolve));
    }
    try {
      return await task();
    } finally {
      if (mine()) leases.forget();
    }
  };

  return async <Value>(task: () => Promise<Value>, moot?: () => boolean) => {
    const patience = new AbortController();
    const cancel = clock.after(patienceMs, () => patience.abort());
    let begun: Promise<Value> | undefined;
    await locks
      ?.request(name, { signal: patience.signal }, () => {
        begun = task();
        return begun;
      })
      .catch(() => {});
    cancel();
    return begun ?? underLease(task, moot);
  };
}
