// When to ask again: early enough before a token expires, spread so that a thousand pages that began together do not
// come back together, and ever more patiently while the server cannot answer.

/** Numbers in [0, 1), such as `Math.random` gives. */
export type Random = () => number;

const refreshShare = 0.8;
const refreshJitterShare = 0.05;
/** However short the tokens live, a refresh never follows the last one sooner than this. */
const refreshDelayMsMin = 1000;

const retryDelayMsFirst = 1000;
const retryDelayMsMax = 60_000;
const retryAfterJitterShare = 0.25;
/** Something in between may ask for any patience, and a reload does not shorten it. */
const retryAfterSecondsMax = 3600;

const refusedDelayMsFirst = 60_000;
const refusedDelayMsMax = 64 * 60_000;

/**
 * How long to wait with the refresh of a token, in milliseconds: 75 to 80 % of its life.
 * @param ttlSeconds seconds until the token expires, as the server said
 */
export function refreshDelayMs(ttlSeconds: number, random: Random): number {
  const share = refreshShare - refreshJitterShare * random();
  return Math.max(refreshDelayMsMin, ttlSeconds * 1000 * share);
}

/**
 * How long to wait with another try after a failure that passes, in milliseconds: doubling from a second to a minute,
 * half of it by chance; never sooner than the server asks for, up to an hour.
 * @param failures how many tries in a row have failed, from 1
 * @param retryAfterSeconds what `Retry-After` said
 */
export function retryDelayMs(failures: number, retryAfterSeconds: number | undefined, random: Random): number {
  const ceiling = Math.min(retryDelayMsMax, retryDelayMsFirst * 2 ** (failures - 1));
  const askedFor = Math.min(retryAfterSecondsMax, retryAfterSeconds ?? 0) * 1000;
  return Math.max((ceiling * (1 + random())) / 2, askedFor * (1 + retryAfterJitterShare * random()));
}

/**
 * How long a page that wakes up does not ask again after a refusal, in milliseconds: 1, 4, 16, then 64 minutes. So a browser
 * whose signals are refused does not come to its fifth try, which ends the session, before an hour and a half.
 * @param failures how many tries in a row were refused, from 1
 */
export function refusedDelayMs(failures: number): number {
  return Math.min(refusedDelayMsMax, refusedDelayMsFirst * 4 ** (failures - 1));
}
