// One task at a time, with Web Locks and without; and nobody who hangs blocks the others for good.

import { expect, it } from 'vitest';
import type { LockRequests } from './browser-locks.ts';
import { createSessionLock } from './session-lock.ts';
import { type SafeStorage, safeStorage } from './session-storage.ts';
import { type ManualClock, manualClock, settle } from './testing/manual-clock.ts';

const lease = 'gangway:CV1:lease';

function shared() {
  const items = new Map<string, string>();
  const storage = safeStorage({
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  });
  return { items, storage, clock: manualClock() };
}

const lockOf = (storage: SafeStorage, clock: ManualClock, chance = 0.5, locks: LockRequests | null = null) =>
  createSessionLock({ name: 'gangway:CV1', locks, storage, clock, random: () => chance });

it('without Web Locks: tasks that begin at once run one after the other, and leave no lease', async () => {
  const { items, storage, clock } = shared();
  let [running, most, done] = [0, 0, 0];
  for (let tab = 0; tab < 10; tab += 1) {
    void lockOf(
      storage,
      clock,
      tab / 10,
    )(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => void clock.after(500, resolve));
      running -= 1;
      done += 1;
    });
  }
  await clock.advance(15_000);
  expect([most, done, items.size, clock.timers]).toEqual([1, 10, 0, 0]);
});

it('without Web Locks: who has nothing left to ask for does not wait for the lease of another', async () => {
  const { items, storage, clock } = shared();
  items.set(lease, JSON.stringify({ holder: 0.1, at: clock.now() }));
  let moot = false;
  const run = lockOf(storage, clock)(
    async () => 'done',
    () => moot,
  );
  await clock.advance(1000);
  moot = true;
  await clock.advance(200);
  expect(await Promise.race([run, settle().then(() => 'waits')])).toBe('done');
  expect(items.get(lease)).toContain('0.1');
});

it.each([
  ['of a tab that died', 0, 20_000, 1000],
  ['of a time that has not come, since the clock was set back', 3_600_000, 0, 1000],
])('a lease %s blocks nobody for good', async (_which, aheadMs, afterMs, soonMs) => {
  const { items, storage, clock } = shared();
  items.set(lease, JSON.stringify({ holder: 0.1, at: clock.now() + aheadMs }));
  let run = false;
  void lockOf(
    storage,
    clock,
  )(async () => {
    run = true;
  });
  await clock.advance(afterMs - 1000);
  if (afterMs > 0) expect(run).toBe(false);
  await clock.advance(1000 + soonMs);
  expect(run).toBe(true);
});

it('a lease that is damaged is none', async () => {
  const { items, storage, clock } = shared();
  items.set(lease, '{"holder":');
  const run = lockOf(storage, clock)(async () => 'done');
  await clock.advance(1000);
  expect(await run).toBe('done');
});

it('what lives in the memory of one page needs no lease, and waits for nothing', async () => {
  const blocked = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const storage = safeStorage({ getItem: blocked, setItem: blocked, removeItem: blocked });
  expect(await lockOf(storage, manualClock())(async () => 'done')).toBe('done');
});

it('a task that fails gives the lock back and its failure on, with locks and without', async () => {
  const { items, storage, clock } = shared();
  const locks: LockRequests = { request: async (_name, _options, task) => task() };
  const fail = async () => {
    throw new Error('of the task');
  };
  await expect(lockOf(storage, clock, 0.5, locks)(fail)).rejects.toThrow('of the task');
  const failed = lockOf(storage, clock)(fail);
  failed.catch(() => {});
  await clock.advance(1000);
  await expect(failed).rejects.toThrow('of the task');
  expect([items.size, clock.timers]).toEqual([0, 0]);
});

it('where the browser refuses its locks, the lease takes over', async () => {
  const { storage, clock } = shared();
  const locks: LockRequests = { request: () => Promise.reject(new DOMException('an opaque origin', 'SecurityError')) };
  let count = 0;
  const run = lockOf(
    storage,
    clock,
    0.5,
    locks,
  )(async () => {
    count += 1;
  });
  await settle();
  await clock.advance(1000);
  await run;
  expect(count).toBe(1);
});
