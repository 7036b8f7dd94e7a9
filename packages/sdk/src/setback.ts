// The last failure, where all tabs see it: so that fifty of them do not each find out by themselves that a server is away.

import type { GangwayError, GangwayErrorDetails } from './gangway-error.ts';
import { type Random, refusedDelayMs, retryDelayMs } from './refresh-timing.ts';

/** A failure, as it is kept. */
export interface Setback {
  /** How many in a row. */
  readonly failures: number;
  /** When: milliseconds since 1970 by the clock of this browser. */
  readonly at: number;
  /** How long nobody tries again without a reason. */
  readonly delayMs: number;
  readonly error: GangwayErrorDetails & Pick<GangwayError, 'code' | 'message'>;
}

/** The shape of a setback. */
export const setback = { failures: 0, at: 0, delayMs: 0, error: {} };

/** The setback of a failure that came now. `failures`: how many in a row, with this one. */
export function setbackOf(error: GangwayError, failures: number, at: number, random: Random): Setback {
  const delayMs = error.passing ? retryDelayMs(failures, error.retryAfterSeconds, random) : refusedDelayMs(failures);
  return { failures, at, delayMs, error: { ...error, message: error.message } };
}

/** Tabs share one clock, but it may be corrected by a little at any time. */
export const clockNoiseMs = 10_000;
