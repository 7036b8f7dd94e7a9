// The time, here and at the service. A token's dates are the service's, and the clock of this machine may be wrong, stand
// still while the machine sleeps, or be set: none of that must let an expired token pass.

/** Tells the time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since any moment, on a clock that nobody sets. */
  uptime(): number;
}

/** This machine's clocks. */
export const machineClock: Clock = { now: () => Date.now(), uptime: () => performance.now() };

/** What is known of the service's clock. */
export interface ServiceClock {
  /** Milliseconds since 1970, by the service's clock as far as it was heard, else by this machine's. */
  now(): number;
  /**
   * Learns what the service's clock says.
   * @param serviceMs what it said while it answered
   * @param askedAt this machine's time when it was asked, of `moment`
   * @param exact whether that was said for this answer. Otherwise it may be older: then it only ever puts the clock forward
   */
  heard(serviceMs: number, askedAt: Moment, exact: boolean): void;
  /** A moment of this machine, for `elapsedSince`. */
  moment(): Moment;
  /** Milliseconds since a moment: the longer of what both clocks say. One stands still in sleep, the other can be set back. */
  elapsedSince(moment: Moment): number;
}

/** One moment on both clocks of this machine. */
export interface Moment {
  readonly wallMs: number;
  readonly uptimeMs: number;
}

/** Makes the service's clock, which is this machine's until it was heard. */
export function createServiceClock(clock: Clock): ServiceClock {
  let known: { readonly serviceMs: number; readonly at: Moment } | undefined;
  const moment = (): Moment => ({ wallMs: clock.now(), uptimeMs: clock.uptime() });
  const elapsedSince = ({ wallMs, uptimeMs }: Moment) => Math.max(clock.now() - wallMs, clock.uptime() - uptimeMs);
  const now = () => (known === undefined ? clock.now() : known.serviceMs + elapsedSince(known.at));
  return {
    now,
    moment,
    elapsedSince,
    heard(serviceMs, askedAt, exact) {
      if (!Number.isFinite(serviceMs)) return;
      // It may have been said at any time since it was asked for; the latest is the safe guess.
      const nowMs = serviceMs + Math.max(0, elapsedSince(askedAt));
      if (exact) known = { serviceMs: nowMs, at: moment() };
      // Kept even where it says nothing new: from then on it matters no more if somebody sets this machine's clock back.
      else if (known === undefined || nowMs > now()) known = { serviceMs: Math.max(nowMs, now()), at: moment() };
    },
  };
}
