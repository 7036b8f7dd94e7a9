// How long to wait with the next try: doubling, and half of it by chance, so that a thousand widgets whose server was
// restarted do not come back together.

const firstMs = 1000;
const mostMs = 30_000;

/**
 * The delay before a try, in milliseconds.
 * @param failures how many tries in a row have failed, from 1
 * @param random in [0, 1)
 */
export function reconnectDelayMs(failures: number, random: number = Math.random()): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 10));
  return Math.round(ceiling * (0.5 + 0.5 * random));
}
