// Work that runs once at a time, and never answers with what it found before the question.

import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

/** Work whose runs end when they are told to. */
function controlled() {
  const runs: PromiseWithResolvers<number>[] = [];
  const ask = oneAtATime(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { ask, runs };
}

test('a hundred questions during a run are answered by one further run', async () => {
  const { ask, runs } = controlled();
  const first = ask();
  const later = Array.from({ length: 100 }, ask);
  expect(runs).toHaveLength(1);
  runs[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(runs).toHaveLength(2);
  runs[1]?.resolve(2);
  expect(new Set(await Promise.all(later))).toEqual(new Set([2]));
  expect(runs).toHaveLength(2);
});

test('a run that fails fails for those who asked for it, and the next one runs', async () => {
  const { ask, runs } = controlled();
  const first = ask();
  const second = ask();
  runs[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  runs[1]?.resolve(2);
  expect(await second).toBe(2);
  const third = ask();
  runs[2]?.resolve(3);
  expect(await third).toBe(3);
});
