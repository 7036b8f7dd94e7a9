// Time and timers as one dependency, so that tests need no sleep.

/** Tells the time and wakes. */
export interface SessionClock {
  /** Milliseconds since 1970, as the visitor's machine has it: it may be wrong, and may jump. */
  now(): number;
  /** Milliseconds since some moment. Never jumps back, but may stand still while the machine sleeps. */
  elapsed(): number;
  /** Runs an action after a delay in milliseconds; the function it gives cancels that. */
  after(delayMs: number, action: () => void): () => void;
}

/** The browser's own. */
export const browserClock: SessionClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
