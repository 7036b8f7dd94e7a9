// Time and timers as one dependency, so that tests need no sleep.

/** Tells the time and wakes. */
export interface SessionClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs an action after a delay in milliseconds; the function it gives cancels that. */
  after(delayMs: number, action: () => void): () => void;
}

/** The browser's own. */
export const browserClock: SessionClock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
