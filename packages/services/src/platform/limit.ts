// How often somebody may do something: a fixed window of a minute, counted in memory.

import { isIPv6 } from 'node:net';
import { Refusal } from '@gangway/contracts/refusals';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts one try of somebody; throws `rate_limited` where there were more than `perMinute` within this minute. */
export type Limit = (who: string, perMinute: number) => Promise<void>;

const windowSeconds = 60;
const pointsMax = Number.MAX_SAFE_INTEGER;

/** Makes a limit that is counted in this process. */
export function createLimit(): Limit {
  const counter = new RateLimiterMemory({ points: pointsMax, duration: windowSeconds });
  return async (who, perMinute) => {
    const { consumedPoints, msBeforeNext } = await counter.consume(who).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    if (consumedPoints <= perMinute) return;
    throw new Refusal('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) });
  };
}

/** Whom an address stands for: itself, or with IPv6 the /64 that one subscriber commonly has (RFC 6177). */
export function addressPrefix(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
