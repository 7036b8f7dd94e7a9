// A clock that stands still until a test moves it on; timers fire on the way, in their order.

import type { SessionClock } from '../session-clock.ts';

/** A session clock that a test moves. */
export interface ManualClock extends SessionClock {
  /** Moves on by that many milliseconds and lets what is due run, answers of promises included. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  readonly timers: number;
}

/** Makes a clock that stands at a fixed time. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs;
  let waiting: { readonly at: number; readonly action: () => void }[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + delayMs, action };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        waiting = waiting.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.action();
        await settle();
      }
      now = end;
      await settle();
    },
    get timers() {
      return waiting.length;
    },
  };
}
