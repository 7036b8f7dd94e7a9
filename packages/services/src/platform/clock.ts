// The time, as a dependency: tests bring a clock of their own instead of sleeping.

/** Tells the time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** The clock's time as a NumericDate (RFC 7519): whole seconds since 1970. */
export function numericDate(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
