// The key-encryption key changes while nodes run and processes die; and an adapter for a key management service.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Crash, crashingStore } from '../testing/crashing-store.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from '../testing/fixtures.ts';
import { open } from '../token/open.ts';
import { seal } from '../token/seal.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { rewrapRootKeys, withFormerKey } from './rewrap-root-keys.ts';

const former = testKek('0');
const anew = testKek('1');

async function setUp() {
  const store = memoryRootKeyStore();
  const token = seal(claims, (await testKeyRing({ store, kek: former })).sealingKey(), randomBytes(12));
  return { store, token };
}

test('after re-wrapping the new key opens everything, and the former nothing', async () => {
  const { store, token } = await setUp();
  expect(await rewrapRootKeys(store, former, anew)).toEqual({ rewrapped: 4, alreadyWrapped: 0 });
  expect(open(token, await testKeyRing({ store, kek: anew }))).toEqual(claims);
  await expect(testKeyRing({ store, kek: former })).rejects.toThrow('GANGWAY_KEK');
  expect(await rewrapRootKeys(store, former, anew)).toEqual({ rewrapped: 0, alreadyWrapped: 4 });
});

test('killed keys, which have no material, are left alone', async () => {
  const { store } = await setUp();
  const [first] = await store.list();
  await store.kill(first?.id ?? '', '2030-01-01T00:00:00.000Z', 'test');
  expect(await rewrapRootKeys(store, former, anew)).toEqual({ rewrapped: 3, alreadyWrapped: 0 });
  expect((await store.list())[0]).toMatchObject({ state: 'killed', wrapped: '' });
});

test('a process that dies before or after any store call loses nothing: nodes with both keys start, and it can be repeated', async () => {
  for (let call = 1; ; call += 1) {
    let hasCrashed = false;
    for (const moment of ['before', 'after'] as const) {
      const { store, token } = await setUp();
      const mortal = crashingStore(store, { call, moment });
      await rewrapRootKeys(mortal.store, former, anew).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        hasCrashed = true;
      });
      expect(open(token, await testKeyRing({ store, kek: withFormerKey(anew, former) }))).toEqual(claims);
      expect(open(token, await testKeyRing({ store, kek: withFormerKey(former, anew) }))).toEqual(claims);
      const { rewrapped, alreadyWrapped } = await rewrapRootKeys(store, former, anew);
      expect(rewrapped + alreadyWrapped).toBe(4);
      expect(open(token, await testKeyRing({ store, kek: anew }))).toEqual(claims);
    }
    if (hasCrashed) continue;
    expect(call).toBe(7);
    break;
  }
});

test('two operators at once do no harm', async () => {
  const { store, token } = await setUp();
  const answers = await Promise.all([1, 2, 3].map(() => rewrapRootKeys(store, former, anew)));
  expect(answers.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(4);
  expect(open(token, await testKeyRing({ store, kek: anew }))).toEqual(claims);
});

test('a root key of neither stops it before anything is changed', async () => {
  const { store } = await setUp();
  const before = await store.list();
  await expect(rewrapRootKeys(store, testKek('2'), anew)).rejects.toThrow(/^The root key .* Nothing was changed\.$/);
  expect(await store.list()).toEqual(before);
});

test('a new key that does not give back what it wrapped replaces nothing', async () => {
  const { store, token } = await setUp();
  const before = await store.list();
  for (const unwrapped of [undefined, Buffer.alloc(32)]) {
    const broken: KeyEncryptionKey = { ...anew, unwrap: async () => unwrapped };
    await expect(rewrapRootKeys(store, former, broken)).rejects.toThrow('does not give back');
  }
  expect(await store.list()).toEqual(before);
  expect(open(token, await testKeyRing({ store, kek: former }))).toEqual(claims);
});

test('a key added under the former key during it is wrapped anew as well', async () => {
  const { store } = await setUp();
  let isAdded = false;
  const racing = {
    ...store,
    rewrap: async (id: string, from: string, to: string) => {
      if (!isAdded) {
        isAdded = true;
        const [first] = await store.list();
        if (first === undefined) throw new Error('The store holds no root key.');
        const wrapped = await former.wrap('DDDDDDDDDDDD', randomBytes(32));
        await store.add({ ...first, id: 'DDDDDDDDDDDD', ordinal: 5, state: 'retiring', wrapped });
      }
      return store.rewrap(id, from, to);
    },
  };
  expect(await rewrapRootKeys(racing, former, anew)).toEqual({ rewrapped: 5, alreadyWrapped: 0 });
  await testKeyRing({ store, kek: anew });
});

/** What a key management service offers, in the form that all of them share: bytes, and a context they are bound to. */
interface KmsClient {
  encrypt(plaintext: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
  /** Rejects with `InvalidCiphertext` what it did not encrypt under this context, and otherwise where it is away. */
  decrypt(ciphertext: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

/** An adapter to start from: the whole of what a key management service needs. */
function createKmsKey(name: string, client: KmsClient): KeyEncryptionKey {
  const context = (rootId: string) => ({ purpose: 'gangway root key', rootId });
  return {
    source: name,
    wrap: async (rootId, rootKey) => Buffer.from(await client.encrypt(rootKey, context(rootId))).toString('base64url'),
    async unwrap(rootId, wrapped) {
      try {
        return Buffer.from(await client.decrypt(Buffer.from(wrapped, 'base64url'), context(rootId)));
      } catch (error) {
        if (error instanceof Error && error.name === 'InvalidCiphertext') return undefined;
        throw error;
      }
    },
  };
}

/** A service in memory. */
function fakeKms(): KmsClient & { isAway: boolean } {
  const key = randomBytes(32);
  const service = {
    isAway: false,
    async encrypt(plaintext: Uint8Array, context: Readonly<Record<string, string>>) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(JSON.stringify(context)));
      return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    async decrypt(ciphertext: Uint8Array, context: Readonly<Record<string, string>>) {
      if (service.isAway) throw new Error('the service is away');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, 12));
        decipher.setAAD(Buffer.from(JSON.stringify(context))).setAuthTag(ciphertext.subarray(-16));
        return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
      } catch {
        throw Object.assign(new Error('no'), { name: 'InvalidCiphertext' });
      }
    },
  };
  return service;
}

describe('a key management service', () => {
  test('takes the place of a key in the environment, and back, without a token lost', async () => {
    const { store, token } = await setUp();
    const kms = createKmsKey('kms/gangway', fakeKms());
    await rewrapRootKeys(store, former, kms);
    expect(open(token, await testKeyRing({ store, kek: kms }))).toEqual(claims);
    await expect(testKeyRing({ store, kek: createKmsKey('kms/other', fakeKms()) })).rejects.toThrow('kms/other');
    await rewrapRootKeys(store, kms, anew);
    expect(open(token, await testKeyRing({ store, kek: anew }))).toEqual(claims);
  });

  test('is asked once for each root key and process, never for a token', async () => {
    const { store } = await setUp();
    let asked = 0;
    const counting: KeyEncryptionKey = {
      ...former,
      unwrap: (rootId, wrapped) => {
        asked += 1;
        return former.unwrap(rootId, wrapped);
      },
    };
    const clock = fakeClock();
    const ring = await testKeyRing({ store, kek: counting, clock });
    for (let second = 0; second < 100; second += 1) {
      await ring.follow();
      await ring.tend();
      expect(open(seal(claims, ring.sealingKey(), randomBytes(12)), ring)).toEqual(claims);
    }
    expect(asked).toBe(4);
  });

  test('that is away stops a start with its own reason, and nothing is changed', async () => {
    const { store } = await setUp();
    const service = fakeKms();
    const kms = createKmsKey('kms/gangway', service);
    await rewrapRootKeys(store, former, kms);
    const before = await store.list();
    service.isAway = true;
    await expect(testKeyRing({ store, kek: kms })).rejects.toThrow('the service is away');
    expect(await store.list()).toEqual(before);
  });
});
