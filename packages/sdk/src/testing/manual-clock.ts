// A clock that stands still until a test moves it on, puts it to sleep or sets it; timers fire on the way, in their order.

import type { SessionClock } from '../session-clock.ts';

/** A session clock that a test moves. */
export interface ManualClock extends SessionClock {
  /** Moves on by that many milliseconds and lets what is due run, answers of promises included. */
  advance(ms: number): Promise<void>;
  /** The machine sleeps: time passes, but timers and the clock that cannot be set stand still. */
  sleep(ms: number): void;
  /** Somebody sets the wall clock, by so many milliseconds. No time passes. */
  set(byMs: number): void;
  /** The real time, which no visitor's clock can change: milliseconds since 1970. */
  real(): number;
  /** How many timers wait. */
  readonly timers: number;
}

/** Lets promises run. A turn of the event loop is more than any number of them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes a clock that stands at a fixed time. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  let slept = 0;
  let setBy = 0;
  let waiting: { readonly at: number; readonly action: () => void }[] = [];
  return {
    now: () => startMs + elapsed + slept + setBy,
    elapsed: () => elapsed,
    real: () => startMs + elapsed + slept,
    after(delayMs, action) {
      const timer = { at: elapsed + delayMs, action };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const [next] = waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        waiting = waiting.filter((timer) => timer !== next);
        elapsed = Math.max(elapsed, next.at);
        next.action();
        if (!waiting.some(({ at }) => at <= elapsed)) await settle();
      }
      elapsed = end;
      await settle();
    },
    sleep(ms) {
      slept += ms;
    },
    set(byMs) {
      setBy += byMs;
    },
    get timers() {
      return waiting.length;
    },
  };
}
