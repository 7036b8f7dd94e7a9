// Limits count by the minute and by whom an address stands for.

import { Refusal } from '@gangway/contracts/refusals';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addressPrefix, createLimit } from './limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets through as many as are allowed within a minute, and says when to come back', async () => {
  const limit = createLimit();
  for (let tries = 0; tries < 3; tries += 1) await limit('somebody', 3);
  vi.advanceTimersByTime(20_000);
  const refused = await limit('somebody', 3).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refusal);
  expect(refused).toMatchObject({ code: 'rate_limited', status: 429, retryAfterSeconds: 40 });
  await limit('somebody else', 3);
  vi.advanceTimersByTime(40_001);
  await limit('somebody', 3);
});

it('a limit that is raised counts at once', async () => {
  const limit = createLimit();
  await limit('somebody', 1);
  await expect(limit('somebody', 1)).rejects.toThrow(Refusal);
  await limit('somebody', 3);
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
  ['2001:DB8:A::', '2001:db8:a:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['not an address', 'not an address'],
])('%s counts as %s', (address, prefix) => {
  expect(addressPrefix(address)).toBe(prefix);
});
