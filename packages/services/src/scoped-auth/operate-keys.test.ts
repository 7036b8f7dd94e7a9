// What an operator does with keys takes effect on every node, says what it did, and shows no key.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KeyState } from './keys/root-key.ts';
import { killKey, listKeys, rewrapKeys, rotateKeys } from './operate-keys.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from './testing/fixtures.ts';
import { readToken } from './token/read-token.ts';
import { seal } from './token/seal.ts';
import { sign } from './token/sign.ts';

const policy = { publishedSecondsMin: 10 };

async function setUp() {
  const store = memoryRootKeyStore();
  const clock = fakeClock();
  const kek = testKek();
  const keyRing = await testKeyRing({ store, clock, kek, policy });
  const operator = { store, clock, kek, policy, keyRing };
  const states = async () => (await listKeys(operator)).keys.map(({ use, state }): [string, KeyState] => [use, state]);
  return { ...operator, operator, states };
}

describe('list', () => {
  test('gives ids, states, ages and uses, oldest first, and nothing that is or wraps a key', async () => {
    const { store, clock, keyRing, operator } = await setUp();
    for (let count = 0; count < 5; count += 1) keyRing.sealingKey();
    clock.advanceSeconds(90.5);
    await keyRing.tend();
    const { keys, killedKeyIds } = await listKeys(operator);
    expect(killedKeyIds).toEqual([]);
    expect(keys[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{12}$/),
      use: 'enc',
      state: 'active',
      createdAt: '2030-01-01T00:00:00.000Z',
      stateSince: '2030-01-01T00:00:00.000Z',
      ageSeconds: 90,
      uses: 5,
      reason: null,
    });
    for (const { wrapped } of await store.list()) expect(JSON.stringify(keys)).not.toContain(wrapped);
  });
});

describe('rotate', () => {
  test('makes the published keys active at once where every node has heard of them', async () => {
    const { clock, keyRing, operator, states } = await setUp();
    const before = [keyRing.sealingKey().keyId.slice(0, 12), keyRing.signingKey().keyId];
    clock.advanceSeconds(10);
    const rotations = await rotateKeys(operator);
    expect(rotations.map(({ use, activeFrom }) => [use, activeFrom])).toEqual([
      ['enc', '2030-01-01T00:00:10.000Z'],
      ['sig', '2030-01-01T00:00:10.000Z'],
    ]);
    const after = [keyRing.sealingKey().keyId.slice(0, 12), keyRing.signingKey().keyId];
    expect(after).toEqual(rotations.map(({ keyId }) => keyId));
    expect(before).not.toEqual(after);
    expect((await states()).sort()).toEqual([
      ['enc', 'active'],
      ['enc', 'published'],
      ['enc', 'retiring'],
      ['sig', 'active'],
      ['sig', 'published'],
      ['sig', 'retiring'],
    ]);
  });

  test('waits where they were published a moment ago, says how long, and happens without being asked again', async () => {
    const { clock, keyRing, operator } = await setUp();
    clock.advanceSeconds(3);
    const [rotation] = await rotateKeys(operator, ['enc']);
    expect(rotation?.activeFrom).toBe('2030-01-01T00:00:10.000Z');
    const isRotated = () => keyRing.sealingKey().keyId.startsWith(rotation?.keyId ?? '?');
    clock.advanceSeconds(6.999);
    await keyRing.follow();
    await keyRing.tend();
    expect(isRotated()).toBe(false);
    clock.advanceSeconds(0.001);
    await keyRing.tend();
    expect(isRotated()).toBe(true);
  });

  test('asked for ten times at once is one rotation', async () => {
    const { clock, operator, states } = await setUp();
    clock.advanceSeconds(3);
    const rotations = await Promise.all(Array.from({ length: 10 }, () => rotateKeys(operator, ['sig'])));
    expect(new Set(rotations.flat().map(({ keyId }) => keyId)).size).toBe(1);
    expect(await states()).toHaveLength(4);
  });

  test('of one use leaves the other alone', async () => {
    const { clock, operator, states } = await setUp();
    clock.advanceSeconds(10);
    await rotateKeys(operator, ['sig']);
    expect((await states()).filter(([use]) => use === 'enc')).toHaveLength(2);
  });

  test('with a wrong key-encryption key adds no key that nobody can read', async () => {
    const { store, clock, operator } = await setUp();
    clock.advanceSeconds(10);
    await rotateKeys({ ...operator, kek: testKek('1') }).catch(() => undefined);
    await testKeyRing({ store, clock, policy });
  });
});

describe('kill', () => {
  test('a root: says so, keeps the reason, and the next token is of another', async () => {
    const { keyRing, operator } = await setUp();
    const killed = keyRing.sealingKey().keyId.slice(0, 12);
    const token = seal(claims, keyRing.sealingKey(), randomBytes(12));
    expect(await killKey(operator, killed, 'found in a backup')).toEqual({ killed: true, kind: 'root' });
    expect(readToken(token, keyRing)).toBeUndefined();
    expect(keyRing.sealingKey().keyId).not.toContain(killed);
    expect((await listKeys(operator)).keys[0]).toMatchObject({ id: killed, state: 'killed', reason: 'found in a backup' });
    expect(await killKey(operator, killed, 'again')).toEqual({ killed: false, why: 'already_killed' });
  });

  test('a subkey: is listed with its reason', async () => {
    const { keyRing, operator } = await setUp();
    const { keyId } = keyRing.sealingKey();
    expect(await killKey(operator, keyId, 'test')).toEqual({ killed: true, kind: 'key' });
    expect(await killKey(operator, keyId, 'test')).toEqual({ killed: false, why: 'already_killed' });
    expect((await listKeys(operator)).killedKeyIds).toEqual([{ keyId, killedAt: '2030-01-01T00:00:00.000Z', reason: 'test' }]);
  });

  test.each([
    ['nothing', '', 'malformed'],
    ['a sentence', 'the active key', 'malformed'],
    ['an id with more', 'AAAAAAAAAAAA.BBBBBBBBBBBB.0.0', 'malformed'],
    ['an unknown root', 'AAAAAAAAAAAA', 'unknown'],
    ['a key of an unknown root', 'AAAAAAAAAAAA.BBBBBBBBBBBB.0', 'unknown'],
  ])('%s: is refused, and nothing is changed', async (_name, target, why) => {
    const { store, operator } = await setUp();
    const before = await store.history();
    expect(await killKey(operator, target, 'test')).toEqual({ killed: false, why });
    expect(await store.history()).toEqual(before);
    expect(await store.killedKeyIds()).toEqual([]);
  });

  test('a subkey of a signing key, of which there is none', async () => {
    const { keyRing, operator } = await setUp();
    const target = `${keyRing.signingKey().keyId}.AAAAAAAAAAAA`;
    expect(await killKey(operator, target, 'test')).toEqual({ killed: false, why: 'unknown' });
  });

  test.each(['', 'two\nlines', 'x'.repeat(201), '\u202e'])('needs a reason that can be shown (%j)', async (reason) => {
    const { keyRing, operator } = await setUp();
    const { keyId } = keyRing.sealingKey();
    await expect(killKey(operator, keyId, reason)).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await listKeys(operator)).killedKeyIds).toEqual([]);
  });
});

test('rewrap: tokens go on, and the new key-encryption key opens all', async () => {
  const { store, clock, keyRing, operator, kek: former } = await setUp();
  const tokens = [seal(claims, keyRing.sealingKey(), randomBytes(12)), sign(claims, keyRing.signingKey())];
  const kek = testKek('1');
  expect(await rewrapKeys({ ...operator, kek }, former)).toEqual({ rewrapped: 4, alreadyWrapped: 0 });
  const restarted = await testKeyRing({ store, clock, kek, policy });
  for (const token of tokens) expect(readToken(token, restarted)).toEqual(claims);
});
