// A clock that a test moves itself.

import type { Clock } from '../clock.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
}

/** Makes a clock that stands at the beginning of 2030. */
export function fakeClock(): FakeClock {
  let now = Date.UTC(2030, 0, 1);
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
