// Limits count by the minute and by whom an address stands for.

import { Refusal } from '@gangway/contracts/refusals';
import { expect, it } from 'vitest';
import { addressPrefix, createLimit } from './limit.ts';
import { fakeClock } from './testing/fake-clock.ts';

it('lets through as many as are allowed within a minute, and says when to come back', () => {
  const clock = fakeClock();
  const limit = createLimit(clock);
  for (let tries = 0; tries < 3; tries += 1) limit('somebody', 3);
  clock.advance(20_000);
  expect(() => limit('somebody', 3)).toThrow(
    expect.objectContaining({ code: 'rate_limited', status: 429, retryAfterSeconds: 40 }),
  );
  limit('somebody else', 3);
  clock.advance(40_000);
  limit('somebody', 3);
});

it('counts a minute from the first try on, whenever the counts change generations', () => {
  for (const head of [1, 30_000, 59_999]) {
    const clock = fakeClock();
    const limit = createLimit(clock);
    clock.advance(head);
    limit('somebody', 1);
    clock.advance(59_999);
    expect(() => limit('somebody', 1)).toThrow(Refusal);
    clock.advance(1);
    limit('somebody', 1);
  }
});

it('a clock that is set back or far ahead stretches nobody’s minute', () => {
  const clock = fakeClock();
  const limit = createLimit(clock);
  limit('somebody', 1);
  clock.advance(-3_600_000);
  limit('somebody', 1);
  expect(() => limit('somebody', 1)).toThrow(expect.objectContaining({ retryAfterSeconds: 60 }));
  clock.advance(36_000_000);
  limit('somebody', 1);
});

it('a limit that is raised counts at once', () => {
  const limit = createLimit(fakeClock());
  limit('somebody', 1);
  expect(() => limit('somebody', 1)).toThrow(Refusal);
  limit('somebody', 3);
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
