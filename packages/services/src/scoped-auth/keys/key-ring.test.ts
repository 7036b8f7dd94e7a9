// The key ring: tokens outlive the process that sealed them, keys retire in time, forged ids gain nothing.

import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from '../testing/fixtures.ts';
import { open } from '../token/open.ts';
import { seal } from '../token/seal.ts';
import { tokenKey } from '../token/token-key.ts';
import { formatKeyId, parseKeyId } from './key-id.ts';
import { activeKey } from './key-life.ts';
import type { KeyRing } from './key-ring.ts';
import type { RootKeyStore } from './root-key.ts';

const sealWith = (keyRing: KeyRing): string => seal(claims, keyRing.sealingKey(), randomBytes(12));
const epochOf = (keyRing: KeyRing): number | undefined => parseKeyId(keyRing.sealingKey().keyId)?.epoch;

describe('over one store', () => {
  test('the first start makes one active and one published root key of each use, a later one none', async () => {
    const store = memoryRootKeyStore();
    await testKeyRing({ store });
    const first = await store.list();
    await testKeyRing({ store });
    expect(first.map(({ ordinal, use, state }) => [ordinal, use, state])).toEqual([
      [1, 'enc', 'active'],
      [2, 'enc', 'published'],
      [3, 'sig', 'active'],
      [4, 'sig', 'published'],
    ]);
    expect(await store.list()).toEqual(first);
    expect(first[0]).toMatchObject({ createdAt: '2030-01-01T00:00:00.000Z', stateSince: '2030-01-01T00:00:00.000Z' });
  });

  test('a restart opens the tokens of earlier runs, under keys of its own', async () => {
    const store = memoryRootKeyStore();
    const before = await testKeyRing({ store });
    const token = sealWith(before);
    const after = await testKeyRing({ store });
    expect(open(token, after)).toEqual(claims);
    expect(open(sealWith(after), before)).toEqual(claims);
    expect(after.sealingKey().keyId).not.toBe(before.sealingKey().keyId);
    expect(after.sealingKey().secret.equals(before.sealingKey().secret)).toBe(false);
  });

  test('two nodes that start at once on an empty store open each other’s tokens', async () => {
    const store = memoryRootKeyStore();
    const [one, other] = await Promise.all([testKeyRing({ store }), testKeyRing({ store })]);
    expect((await store.list()).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4]);
    expect(open(sealWith(one), other)).toEqual(claims);
    expect(open(sealWith(other), one)).toEqual(claims);
  });

  test('the newest active root key seals, and tokens under the older one still open', async () => {
    const store = memoryRootKeyStore();
    const before = await testKeyRing({ store });
    const token = sealWith(before);
    const [, second] = await store.list();
    if (second === undefined) throw new Error('The store holds no second root key.');
    await store.move(second.id, 'published', 'active', second.createdAt);
    const both: RootKeyStore = { ...store, list: async () => (await store.list()).toReversed() };
    const after = await testKeyRing({ store: both });
    expect(parseKeyId(after.sealingKey().keyId)?.rootId).toBe(second.id);
    expect(open(token, after)).toEqual(claims);
    expect(open(sealWith(after), before)).toEqual(claims);
  });
});

test('a token of another root is refused', async () => {
  expect(open(sealWith(await testKeyRing()), await testKeyRing())).toBeUndefined();
});

describe('a sealing key retires', () => {
  test('after its uses', async () => {
    const keyRing = await testKeyRing({ limits: { usesMax: 3 } });
    expect(Array.from({ length: 7 }, () => epochOf(keyRing))).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  test('after 24 hours, and its tokens open for as long as they live', async () => {
    const clock = fakeClock();
    const keyRing = await testKeyRing({ clock });
    const token = sealWith(keyRing);
    clock.advanceSeconds(24 * 60 * 60 - 1);
    expect(epochOf(keyRing)).toBe(0);
    clock.advanceSeconds(1);
    expect(epochOf(keyRing)).toBe(1);
    expect(open(token, keyRing)).toEqual(claims);
    expect(open(sealWith(keyRing), keyRing)).toEqual(claims);
  });

  test('and the next has another secret', async () => {
    const keyRing = await testKeyRing({ limits: { usesMax: 1 } });
    const secrets = Array.from({ length: 100 }, () => keyRing.sealingKey().secret.export().toString('hex'));
    expect(new Set(secrets).size).toBe(100);
  });
});

describe('key ids', () => {
  const keyId = formatKeyId({ rootId: 'abcdefghi_-9', instanceId: 'ABCDEFGHIJKL', epoch: 9_999_999_999 });

  test('what is written is read', () => {
    expect(keyId).toHaveLength(36);
    expect(parseKeyId(keyId)).toEqual({ rootId: 'abcdefghi_-9', instanceId: 'ABCDEFGHIJKL', epoch: 9_999_999_999 });
  });

  test.each([
    '',
    '.',
    'a.b.1',
    `${keyId}0`,
    `${keyId}\n`,
    ` ${keyId}`,
    keyId.replace('_', '+'),
    keyId.replace('A', 'Ä'),
    `${keyId}.1`,
    'abcdefghi_-9.ABCDEFGHIJKL.01',
    'abcdefghi_-9.ABCDEFGHIJKL.-1',
    'abcdefghi_-9.ABCDEFGHIJKL.1e3',
    'abcdefghi_-9.ABCDEFGHIJKL.',
    'abcdefghi_-9.ABCDEFGHIJKL',
    'abcdefghi_-.ABCDEFGHIJKL.1',
    '__proto__.constructor.1',
  ])('%j is none', (text) => {
    expect(parseKeyId(text)).toBeUndefined();
  });
});

describe('a forged key id', () => {
  test('is not remembered, whether its root exists or not', async () => {
    const keyRing = await testKeyRing();
    const genuine = sealWith(keyRing);
    const { keyId } = keyRing.sealingKey();
    const forgedIds = Array.from({ length: 50 }, (_, epoch) => keyId.replace(/\d+$/, String(epoch + 100)));
    const before = forgedIds.map((id) => keyRing.openingKey(id));
    for (const id of forgedIds)
      expect(open(seal(claims, tokenKey(id, createSecretKey(randomBytes(32))), randomBytes(12)), keyRing)).toBeUndefined();
    // A remembered key would be the same object when it is asked for again.
    for (const [at, id] of forgedIds.entries()) expect(keyRing.openingKey(id)).not.toBe(before[at]);
    expect(open(genuine, keyRing)).toEqual(claims);
  });

  test('of an unknown root has no key', async () => {
    const keyRing = await testKeyRing();
    expect(keyRing.openingKey('AAAAAAAAAAAA.AAAAAAAAAAAA.0')).toBeUndefined();
    expect(keyRing.openingKey('__proto__')).toBeUndefined();
  });
});

test('a verified key is remembered, and only so many are', async () => {
  const keyRing = await testKeyRing({ limits: { usesMax: 1, rememberedMax: 2 } });
  const tokens = [0, 1, 2].map(() => {
    const key = keyRing.sealingKey();
    return { keyId: key.keyId, token: seal(claims, key, randomBytes(12)) };
  });
  for (const { token } of tokens) expect(open(token, keyRing)).toEqual(claims);
  const isRemembered = (keyId: string): boolean => {
    const key = keyRing.openingKey(keyId);
    return key !== undefined && keyRing.openingKey(keyId) === key;
  };
  expect(tokens.map(({ keyId }) => isRemembered(keyId))).toEqual([false, true, true]);
  // Forgotten is not refused.
  for (const { token } of tokens) expect(open(token, keyRing)).toEqual(claims);
});

describe('the wrong key-encryption key', () => {
  test('is refused with what to do, and the store stays as it is', async () => {
    const store = memoryRootKeyStore();
    await testKeyRing({ store });
    const before = await store.list();
    await expect(testKeyRing({ store, kek: testKek('1') })).rejects.toThrow(
      /^The key-encryption key \(GANGWAY_KEK\) is not the one .*Nothing was changed\.$/,
    );
    expect(await store.list()).toEqual(before);
    await testKeyRing({ store });
  });

  test('and so is a root key stored under another id, or altered', async () => {
    const store = memoryRootKeyStore();
    await testKeyRing({ store });
    const stored = activeKey(await store.list(), 'enc');
    if (stored === undefined) throw new Error('The store holds no root key.');
    for (const altered of [
      { ...stored, id: 'AAAAAAAAAAAA' },
      { ...stored, wrapped: '' },
      { ...stored, wrapped: `A${stored.wrapped.slice(1)}` },
    ]) {
      if (altered.wrapped === stored.wrapped && altered.id === stored.id) continue;
      await expect(testKeyRing({ store: { ...store, list: async () => [altered] } })).rejects.toThrow('GANGWAY_KEK');
    }
  });
});

test('the stored root key is not the root key', async () => {
  const store = memoryRootKeyStore();
  const drawn: string[] = [];
  await testKeyRing({
    store,
    randomBytes: (byteCount) => {
      const bytes = randomBytes(byteCount);
      drawn.push(bytes.toString('base64url'), bytes.toString('hex'));
      return bytes;
    },
  });
  const stored = JSON.stringify((await store.list()).map(({ wrapped }) => wrapped));
  for (const text of drawn) expect(stored).not.toContain(text);
});

test('a key ring shows no secret when it is logged or made JSON', async () => {
  const keyRing = await testKeyRing();
  const key = keyRing.sealingKey();
  const secret = key.secret.export();
  for (const text of [JSON.stringify({ keyRing, key }), (await import('node:util')).inspect({ keyRing, key }, { depth: 9 })]) {
    expect(text).not.toContain(secret.toString('hex'));
    expect(text).not.toContain(secret.toString('base64url'));
  }
});
