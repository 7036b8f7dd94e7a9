// How often somebody may do something: counted for a minute from the first time, in the memory of this process.

import { isIPv6 } from 'node:net';
import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from './clock.ts';

/**
 * Counts one try of somebody.
 * @throws Refusal `rate_limited` where there were more than `perMinute` within the minute that began with the first;
 *   `overloaded` where nobody more can be counted
 */
export type Limit = (who: string, perMinute: number) => void;

interface Count {
  tries: number;
  readonly endsAtMs: number;
}

const windowMs = 60_000;
const countsMax = 1_000_000;

/**
 * Makes a limit. It forgets by the generation, without a timer for each: counts that began more than a minute ago lie in
 * a map of their own, which is dropped as a whole.
 */
export function createLimit(clock: Clock): Limit {
  let counts = new Map<string, Count>();
  let olderCounts = new Map<string, Count>();
  let turnAtMs = clock.now() + windowMs;

  return (who, perMinute) => {
    const nowMs = clock.now();
    // A clock that was set back must not stretch anybody's minute.
    if (nowMs >= turnAtMs || nowMs < turnAtMs - windowMs) {
      olderCounts = nowMs < turnAtMs + windowMs ? counts : new Map();
      counts = new Map();
      turnAtMs = nowMs + windowMs;
    }
    let count = counts.get(who) ?? olderCounts.get(who);
    if (count === undefined || nowMs >= count.endsAtMs || count.endsAtMs > nowMs + windowMs) {
      if (counts.size >= countsMax) throw new Refusal('overloaded', { retryAfterSeconds: secondsUntil(turnAtMs, nowMs) });
      count = { tries: 0, endsAtMs: nowMs + windowMs };
      counts.set(who, count);
    }
    count.tries += 1;
    if (count.tries > perMinute) throw new Refusal('rate_limited', { retryAfterSeconds: secondsUntil(count.endsAtMs, nowMs) });
  };
}

function secondsUntil(momentMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((momentMs - nowMs) / 1000));
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
