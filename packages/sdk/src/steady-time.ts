// How long a token has been alive, whatever happens to the clock. The wall clock jumps when somebody sets it; the clock
// that cannot be set stands still during sleep in some browsers. Of the two, the one by which more time has passed is
// right about sleep and about a clock that was set back; one that was set forward makes a token look old, and it is
// refreshed too early.

import type { SessionClock } from './session-clock.ts';

/** A time that never goes back. */
export interface SteadyTime {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** The same moment by the wall clock as it stands now: milliseconds since 1970. */
  toWall(moment: number): number;
}

/** The two clocks differ by rounding all the time. What is more is a jump or a sleep. */
const jumpMs = 1000;

/** Makes a steady time. It has to be asked now and then: a jump back and a sleep between two questions may cancel out. */
export function createSteadyTime(clock: SessionClock): SteadyTime {
  // By how much the wall clock is ahead of the one that cannot be set, and the steady time of that.
  let wallLead = clock.now() - clock.elapsed();
  let lead = wallLead;
  const now = () => {
    const jumped = clock.now() - clock.elapsed() - wallLead;
    if (Math.abs(jumped) > jumpMs) {
      wallLead += jumped;
      lead += Math.max(0, jumped);
    }
    return clock.elapsed() + lead;
  };
  return { now, toWall: (moment) => Math.round(moment - lead + wallLead) };
}
