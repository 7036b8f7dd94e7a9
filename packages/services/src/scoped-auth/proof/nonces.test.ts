// Nonces: made by any node, checked by every other, for five minutes, by nobody else.

import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeClock, startMs } from '../testing/fixtures.ts';
import { createNonces, deriveNonceKey, nonceLifeSeconds } from './nonces.ts';

const root = createSecretKey(randomBytes(32));
const key = deriveNonceKey(root);
const newKey = (): KeyObject => deriveNonceKey(createSecretKey(randomBytes(32)));

function node(issuing = key, accepted: readonly KeyObject[] = []) {
  const clock = fakeClock();
  return { clock, ...createNonces({ clock, keys: () => ({ issuing, accepted }), clockLeewaySeconds: 60 }) };
}

test('a nonce is 28 characters that a header takes as they are (RFC 9449, section 8.1)', () => {
  expect(node().issue()).toMatch(/^[\w-]{28}$/);
});

test('a nonce of one node counts on another of the same root, until its five minutes are over', () => {
  const nonce = node().issue();
  const other = node(deriveNonceKey(root));
  const expiresAtMs = startMs + nonceLifeSeconds * 1000;
  expect(other.check(nonce)).toBe(expiresAtMs);
  other.clock.advanceSeconds(nonceLifeSeconds - 0.001);
  expect(other.check(nonce)).toBe(expiresAtMs);
  other.clock.advanceSeconds(0.001);
  expect(other.check(nonce)).toBeUndefined();
});

test('a nonce of a node whose clock is ahead counts within the leeway and not beyond', () => {
  const ahead = node();
  ahead.clock.advanceSeconds(60);
  expect(node().check(ahead.issue())).toBe(startMs + (60 + nonceLifeSeconds) * 1000);
  ahead.clock.advanceSeconds(1);
  expect(node().check(ahead.issue())).toBeUndefined();
});

test('within a second every nonce is the same, in the next another', () => {
  const { issue, clock } = node();
  const first = issue();
  clock.advanceSeconds(0.999);
  expect(issue()).toBe(first);
  clock.advanceSeconds(0.001);
  expect(issue()).not.toBe(first);
});

test('a nonce in the middle of a second counts from the second: never longer than promised', () => {
  const { issue, check, clock } = node();
  clock.advanceSeconds(0.9);
  expect(check(issue())).toBe(startMs + nonceLifeSeconds * 1000);
});

describe('rotation of the key', () => {
  test('the new key issues at once, and nonces of the old one count where it is still accepted', () => {
    const next = newKey();
    const clock = fakeClock();
    let keys = { issuing: key, accepted: [next] };
    const nonces = createNonces({ clock, keys: () => keys, clockLeewaySeconds: 60 });
    const before = nonces.issue();
    keys = { issuing: next, accepted: [key] };
    const after = nonces.issue();
    expect(after).not.toBe(before);
    for (const nonce of [before, after]) expect(nonces.check(nonce)).toBeDefined();
    keys = { issuing: next, accepted: [] };
    expect(nonces.check(before)).toBeUndefined();
    expect(nonces.check(after)).toBeDefined();
  });
});

describe('a forged nonce does not count:', () => {
  const { issue, check } = node();
  const nonce = issue();

  test('of another root, of the root itself, or with a plain hash', () => {
    expect(check(node(newKey()).issue())).toBeUndefined();
    expect(check(node(root).issue())).toBeUndefined();
    const time = Buffer.from(nonce, 'base64url').subarray(0, 5);
    const code = createHmac('sha256', '').update(time).digest().subarray(0, 16);
    expect(check(Buffer.concat([time, code]).toString('base64url'))).toBeUndefined();
  });

  test('any single bit flipped, the time moved within the window included', () => {
    const bytes = Buffer.from(nonce, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(check(flipped.toString('base64url'))).toBeUndefined();
    }
  });

  test('any text at all, without throwing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 28, maxLength: 28 }), fc.base64String()),
        (text) => {
          expect(check(text)).toBeUndefined();
          expect(check(nonce + text)).toBe(text === '' ? check(nonce) : undefined);
        },
      ),
      { numRuns: 1000 },
    );
    for (const text of ['A'.repeat(28), '_'.repeat(28), 'x'.repeat(1_000_000), ` ${nonce.slice(1)}`]) {
      expect(check(text)).toBeUndefined();
    }
  });
});
