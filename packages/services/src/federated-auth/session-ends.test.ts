// When a session ends: idle after its last token, and for good after it began.

import { expect, it } from 'vitest';
import { endsOf } from './session-ends.ts';

const lives = { tokenTtlSeconds: 1800, sessionIdleSeconds: 7200, sessionMaxSeconds: 86_400 };
const start = 1_900_000_000;

it.each([
  ['at its begin', 0, 7200],
  ['later, idle counts from the last token', 3600, 10_800],
  ['near its end, the absolute end counts', 86_000, 86_400],
  ['after its end', 90_000, 86_400],
])('%s', (_, afterSeconds, refreshableSeconds) => {
  expect(endsOf(lives, start, start + afterSeconds)).toEqual({
    refreshableUntil: start + refreshableSeconds,
    absoluteEnd: start + 86_400,
  });
});

it('a session shorter than its idle time ends with the session', () => {
  expect(endsOf({ ...lives, sessionMaxSeconds: 60 }, start, start).refreshableUntil).toBe(start + 60);
});
