// The timing keeps its bounds for every chance.

import { expect, it } from 'vitest';
import { refreshDelayMs, retryDelayMs } from './refresh-timing.ts';

const chances = [0, 0.25, 0.5, 0.999];

it.each(chances)('refreshes at 75 to 80 %% of the life (chance %d)', (chance) => {
  const delay = refreshDelayMs(1800, () => chance);
  expect(delay).toBeGreaterThanOrEqual(0.75 * 1_800_000);
  expect(delay).toBeLessThanOrEqual(0.8 * 1_800_000);
});

it('never refreshes in a rush, however short the life', () => {
  expect(refreshDelayMs(0, () => 0)).toBe(1000);
});

it.each(chances)('waits between half and all of a doubling delay, at most a minute (chance %d)', (chance) => {
  for (const [failures, ceiling] of [
    [1, 1000],
    [2, 2000],
    [4, 8000],
    [7, 60_000],
    [5000, 60_000],
  ] as const) {
    const delay = retryDelayMs(failures, undefined, () => chance);
    expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
    expect(delay).toBeLessThanOrEqual(ceiling);
  }
});

it('is kept away for no longer than an hour and a quarter, whatever something in between asks for', () => {
  expect(retryDelayMs(1, 10 ** 9, () => 0.999)).toBeLessThanOrEqual(75 * 60_000);
});

it.each(chances)('never comes back sooner than the server asks (chance %d)', (chance) => {
  expect(retryDelayMs(1, 20, () => chance)).toBeGreaterThanOrEqual(20_000);
  expect(retryDelayMs(1, 20, () => chance)).toBeLessThanOrEqual(25_000);
});
