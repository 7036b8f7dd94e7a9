// How much of something may happen: a burst at once, and then so much a second.

/** How much is allowed. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** Takes one of what is left: gives 0, or how long to wait for the next, in milliseconds. */
export type Take = () => number;

/** Makes a counter of its own. */
export function createAllowance({ burst, perSecond }: Allowance): Take {
  let left = burst;
  let countedAt = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - countedAt) / 1000) * perSecond);
    countedAt = now;
    if (left < 1) return Math.ceil(((1 - left) / perSecond) * 1000);
    left -= 1;
    return 0;
  };
}
