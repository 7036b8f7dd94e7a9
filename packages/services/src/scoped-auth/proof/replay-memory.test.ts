// The replay memory: it forgets nothing too early, and holds nothing for ever.

import { describe, expect, test } from 'vitest';
import { fakeClock, startMs } from '../testing/fixtures.ts';
import { createReplayMemory } from './replay-memory.ts';

const until = startMs + 300_000;

test('a proof is new once, per key and jti', () => {
  const { remember } = createReplayMemory({ clock: fakeClock() });
  expect(remember('key', 'one', until)).toBe(true);
  expect(remember('key', 'one', until)).toBe(false);
  expect(remember('key', 'one', until + 60_000)).toBe(false);
  expect(remember('key', 'two', until)).toBe(true);
  expect(remember('other', 'one', until)).toBe(true);
});

test('a proof is remembered until its nonce has expired, at every second of it', () => {
  const clock = fakeClock();
  const { remember } = createReplayMemory({ clock });
  for (let offset = 0; offset < 60; offset += 1) {
    expect(remember('key', `${offset}`, until + offset * 1000)).toBe(true);
  }
  for (let second = 0; second < 360; second += 1) {
    for (let offset = Math.max(0, second - 299); offset < 60; offset += 7) {
      expect(remember('key', `${offset}`, until + offset * 1000), `${offset} after ${second} s`).toBe(false);
    }
    clock.advanceSeconds(1);
  }
});

describe('a full memory', () => {
  test('refuses new proofs, says when to come again, and still knows the old ones', () => {
    const clock = fakeClock();
    const { remember } = createReplayMemory({ clock, entriesMax: 3 });
    for (const jti of ['one', 'two', 'three']) remember('key', jti, until);
    clock.advanceSeconds(100);
    expect(() => remember('key', 'four', until + 100_000)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryAfterSeconds: 200 }),
    );
    for (const jti of ['one', 'two', 'three']) expect(remember('key', jti, until)).toBe(false);
  });

  test('has room again once nonces have expired, however often it fills', () => {
    const clock = fakeClock();
    const { remember } = createReplayMemory({ clock, entriesMax: 100 });
    for (let round = 0; round < 20; round += 1) {
      const end = clock.now() + 300_000;
      for (let count = 0; count < 100; count += 1) expect(remember('key', `${round} ${count}`, end)).toBe(true);
      expect(() => remember('key', 'more', end)).toThrow(expect.objectContaining({ code: 'overloaded' }));
      clock.advanceSeconds(330);
    }
  });
});

test('a clock that is set back makes nothing forgotten', () => {
  const clock = fakeClock();
  const { remember } = createReplayMemory({ clock });
  remember('key', 'one', until);
  clock.advanceSeconds(-3600);
  expect(remember('key', 'one', until)).toBe(false);
  clock.advanceSeconds(3600 + 299);
  expect(remember('key', 'one', until)).toBe(false);
});

test('a jti that is not proper Unicode, or contains what separates, counts for itself', () => {
  const { remember } = createReplayMemory({ clock: fakeClock() });
  expect(remember('key', 'a b', until)).toBe(true);
  expect(remember('key', 'a', until)).toBe(true);
  expect(remember('key', '\ud800', until)).toBe(true);
  expect(remember('key', '\ud800', until)).toBe(false);
});
