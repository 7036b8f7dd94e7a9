// A key ring follows its store: what was killed opens nothing, what cannot be read harms nothing else, what is counted
// arrives.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { killKey } from '../operate-keys.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from '../testing/fixtures.ts';
import { open } from '../token/open.ts';
import { readToken } from '../token/read-token.ts';
import { seal } from '../token/seal.ts';
import { sign } from '../token/sign.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { parseKeyId } from './key-id.ts';
import { activeKey, publishedKey } from './key-life.ts';
import type { KeyRing } from './key-ring.ts';
import type { RootKeyStore } from './root-key.ts';

const sealWith = (keyRing: KeyRing): string => seal(claims, keyRing.sealingKey(), randomBytes(12));

async function setUp(more: object = {}) {
  const store = memoryRootKeyStore();
  const clock = fakeClock();
  const one = await testKeyRing({ store, clock, ...more });
  const other = await testKeyRing({ store, clock, ...more });
  const kill = (target: string) => killKey({ store, clock }, target, 'test');
  const tick = async () => {
    for (const ring of [one, other]) {
      await ring.follow();
      await ring.tend();
    }
  };
  return { store, clock, one, other, kill, tick };
}

describe('the kill switch', () => {
  test('of one key refuses its tokens on every node, remembered or not, and no others', async () => {
    const { one, other, kill, tick } = await setUp({ limits: { usesMax: 1 } });
    const [killed, spared] = [sealWith(one), sealWith(one)];
    const { keyId } = one.openingKey(headerKeyId(killed)) ?? {};
    // One node remembers the key, the other has never seen it.
    expect(open(killed, one)).toEqual(claims);
    expect(await kill(keyId ?? '')).toEqual({ killed: true, kind: 'key' });
    await tick();
    for (const ring of [one, other]) {
      expect(open(killed, ring)).toBeUndefined();
      expect(open(spared, ring)).toEqual(claims);
      expect(ring.openingKey(keyId ?? '')).toBeUndefined();
    }
  });

  test('of one run of a process refuses all its tokens; it goes on under another name', async () => {
    const { one, other, kill, tick } = await setUp({ limits: { usesMax: 1 } });
    const killed = [sealWith(one), sealWith(one)];
    const spared = sealWith(other);
    const instance = headerKeyId(killed[0] ?? '').replace(/\.\d+$/, '');
    expect(await kill(instance)).toEqual({ killed: true, kind: 'instance' });
    await tick();
    const after = sealWith(one);
    for (const ring of [one, other]) {
      for (const token of killed) expect(open(token, ring)).toBeUndefined();
      for (const token of [spared, after]) expect(open(token, ring)).toEqual(claims);
    }
    expect(headerKeyId(after)).not.toContain(instance);
  });

  test('of the sealing key itself: the next token has another', async () => {
    const { one, other, kill, tick } = await setUp();
    const killed = sealWith(one);
    await kill(headerKeyId(killed));
    await tick();
    const after = sealWith(one);
    for (const ring of [one, other]) expect([open(killed, ring), open(after, ring)]).toEqual([undefined, claims]);
  });

  test('of the active root: its tokens are refused, and the next is one that every node knew before', async () => {
    const { store, one, other, kill, tick } = await setUp();
    const killed = sealWith(one);
    expect(open(killed, other)).toEqual(claims);
    const next = publishedKey(await store.list(), 'enc');
    await kill(headerKeyId(killed).slice(0, 12));
    // One node has heard, the other has not: it opens what is made now all the same.
    await one.follow();
    const after = sealWith(one);
    expect(headerKeyId(after).slice(0, 12)).toBe(next?.id);
    expect(open(after, other)).toEqual(claims);
    await tick();
    for (const ring of [one, other]) expect([open(killed, ring), open(after, ring)]).toEqual([undefined, claims]);
    expect((await store.history())[0]).toMatchObject({ state: 'killed', wrapped: '' });
  });

  test('of a signing key: its tokens are refused, it leaves the JWKS, another signs', async () => {
    const { one, other, kill, tick } = await setUp();
    const { keyId } = one.signingKey();
    const killed = sign(claims, one.signingKey());
    expect(await kill(keyId)).toEqual({ killed: true, kind: 'root' });
    await tick();
    const after = sign(claims, one.signingKey());
    for (const ring of [one, other]) {
      expect(readToken(killed, ring)).toBeUndefined();
      expect(readToken(after, ring)).toEqual(claims);
      expect(ring.publishedKeys().keys.map(({ kid }) => kid)).not.toContain(keyId);
    }
  });

  test('of all keys at once: new ones are made, and nothing old opens', async () => {
    const { store, one, other, kill, tick } = await setUp();
    const killed = [sealWith(one), sign(claims, one.signingKey())];
    for (const { id } of await store.list()) await kill(id);
    await one.follow();
    for (const token of killed) expect(readToken(token, one)).toBeUndefined();
    expect(() => one.sealingKey()).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
    expect(() => one.signingKey()).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
    await tick();
    await tick();
    for (const token of [sealWith(one), sign(claims, one.signingKey())]) expect(readToken(token, other)).toEqual(claims);
    for (const token of killed) expect(readToken(token, other)).toBeUndefined();
  });

  test('survives a restart, and is forgotten with its root', async () => {
    const { store, clock, one, kill } = await setUp();
    const killed = sealWith(one);
    const keyId = headerKeyId(killed);
    await kill(keyId);
    const restarted = await testKeyRing({ store, clock });
    expect(open(killed, restarted)).toBeUndefined();
    expect(await store.killedKeyIds()).toHaveLength(1);
    await kill(keyId.slice(0, 12));
    await restarted.follow();
    await restarted.tend();
    expect(await store.killedKeyIds()).toEqual([]);
    expect(open(killed, restarted)).toBeUndefined();
  });

  test('pulled by a process that died right after: whoever hears of it first appoints the successor', async () => {
    const { store, one, other } = await setUp();
    const killed = sealWith(one);
    await store.kill(headerKeyId(killed).slice(0, 12), '2030-01-01T00:00:00.000Z', 'test');
    await one.follow();
    expect(open(sealWith(one), other)).toEqual(claims);
  });

  test('does not wait for a key management service that does not answer', async () => {
    const { store, clock, kill } = await setUp();
    const kek = testKek();
    let isSilent = false;
    const unwrap: KeyEncryptionKey['unwrap'] = (id, wrapped) =>
      isSilent ? Promise.withResolvers<undefined>().promise : kek.unwrap(id, wrapped);
    const ring = await testKeyRing({ store, clock, kek: { ...kek, unwrap } });
    const killed = [sealWith(ring), sign(claims, ring.signingKey())];
    for (const token of killed) expect(readToken(token, ring)).toEqual(claims);
    isSilent = true;
    for (const { id, state } of await store.list()) if (state === 'active') await kill(id);
    await testKeyRing({ store, clock });
    const following = ring.follow();
    await new Promise(setImmediate);
    for (const token of killed) expect(readToken(token, ring)).toBeUndefined();
    expect(await Promise.race([following, 'still asking'])).toBe('still asking');
  });

  test('is heard also by a node that cannot write', async () => {
    const { store, clock, one, kill } = await setUp();
    const reader: RootKeyStore = { ...store, move: () => Promise.reject(new Error('read only')) };
    const node = await testKeyRing({ store: reader, clock });
    const killed = sealWith(one);
    expect(open(killed, node)).toEqual(claims);
    await store.kill(headerKeyId(killed).slice(0, 12), '2030-01-01T00:00:00.000Z', 'test');
    await node.follow();
    expect(open(killed, node)).toBeUndefined();
    expect(await kill(headerKeyId(killed))).toEqual({ killed: false, why: 'already_killed' });
  });
});

describe('while the store is away', () => {
  test('the ring serves what it knew, and says how old that is', async () => {
    const { store, clock } = await setUp();
    let isAway = false;
    const list = () => (isAway ? Promise.reject(new Error('away')) : store.list());
    const ring = await testKeyRing({ store: { ...store, list }, clock });
    const asOfMs = clock.now();
    const token = sealWith(ring);
    isAway = true;
    clock.advanceSeconds(3600);
    await expect(ring.follow()).rejects.toThrow('away');
    expect(open(token, ring)).toEqual(claims);
    expect(open(sealWith(ring), ring)).toEqual(claims);
    expect(ring.health()).toEqual({ asOfMs, unreadableIds: [] });
    isAway = false;
    await ring.follow();
    expect(ring.health().asOfMs).toBe(clock.now());
  });
});

describe('a root key that this node cannot unwrap', () => {
  const policy = { publishedSecondsMin: 10 };

  /** A store in which the next enc key was published by a node with another key-encryption key. */
  async function withForeignKey() {
    const { store, clock, one } = await setUp({ policy });
    const next = publishedKey(await store.list(), 'enc');
    if (next === undefined) throw new Error('There is no published key.');
    await store.rewrap(next.id, next.wrapped, await testKek('1').wrap(next.id, Buffer.alloc(32, 7)));
    return { store, clock, one, next };
  }

  test('stops a start, and not a node that runs: it goes on sealing under the key that it knows', async () => {
    const { store, clock, next } = await withForeignKey();
    await expect(testKeyRing({ store, clock, policy })).rejects.toThrow('GANGWAY_KEK');
    // A node that was there before, and hears of the key only now.
    const seen = await store.list();
    let keys = seen.filter(({ id }) => id !== next.id);
    const late = await testKeyRing({ store: { ...store, list: async () => keys, add: async () => undefined }, clock, policy });
    const before = sealWith(late);
    await store.move(next.id, 'published', 'active', '2030-01-01T00:00:00.000Z');
    await store.move(headerKeyId(before).slice(0, 12), 'active', 'retiring', '2030-01-01T00:00:00.000Z');
    keys = [...(await store.list())];
    await late.follow();
    expect(late.health().unreadableIds).toEqual([next.id]);
    expect(headerKeyId(sealWith(late)).slice(0, 12)).toBe(headerKeyId(before).slice(0, 12));
    expect(open(before, late)).toEqual(claims);
    // Wrapped as it should be, it is read.
    const { wrapped } = keys.find(({ id }) => id === next.id) ?? {};
    await store.rewrap(next.id, wrapped ?? '', await testKek().wrap(next.id, Buffer.alloc(32, 7)));
    keys = [...(await store.list())];
    await late.follow();
    expect(late.health().unreadableIds).toEqual([]);
    expect(headerKeyId(sealWith(late)).slice(0, 12)).toBe(next.id);
  });

  test('is asked for again where its service was away, and kills are heard all the same', async () => {
    const { store, clock, one, kill } = await setUp({ policy });
    let isAway = false;
    const kek: KeyEncryptionKey = {
      ...testKek(),
      unwrap: (id, wrapped) => (isAway ? Promise.reject(new Error('away')) : testKek().unwrap(id, wrapped)),
    };
    const ring = await testKeyRing({ store, clock, kek, policy });
    isAway = true;
    const killed = sealWith(one);
    clock.advanceSeconds(60);
    await kill(headerKeyId(killed).slice(0, 12));
    await one.follow();
    await one.tend();
    await ring.follow();
    expect(open(killed, ring)).toBeUndefined();
    expect(ring.health().unreadableIds).toHaveLength(1);
    isAway = false;
    await ring.follow();
    expect(ring.health().unreadableIds).toEqual([]);
  });
});

test('uses are counted for both kinds of key and told once a minute; what a store did not take is told later', async () => {
  const store = memoryRootKeyStore();
  const clock = fakeClock();
  let isAway = false;
  const addUses: RootKeyStore['addUses'] = (id, uses) => (isAway ? Promise.reject(new Error('away')) : store.addUses(id, uses));
  const ring = await testKeyRing({ store: { ...store, addUses }, clock, limits: { usesMax: 3 } });
  const usesOf = async () => {
    const keys = await store.list();
    return [activeKey(keys, 'enc')?.uses, activeKey(keys, 'sig')?.uses];
  };
  for (let count = 0; count < 10; count += 1) ring.sealingKey();
  for (let count = 0; count < 7; count += 1) ring.signingKey();
  await ring.tend();
  expect(await usesOf()).toEqual([0, 0]);
  isAway = true;
  clock.advanceSeconds(60);
  await expect(ring.tend()).rejects.toThrow('away');
  isAway = false;
  ring.sealingKey();
  clock.advanceSeconds(60);
  await ring.tend();
  expect(await usesOf()).toEqual([11, 7]);
  clock.advanceSeconds(60);
  await ring.tend();
  expect(await usesOf()).toEqual([11, 7]);
});

test('a key is succeeded after its uses', async () => {
  const { store, clock, one, tick } = await setUp({ policy: { usesMax: 100, publishedSecondsMin: 10 } });
  const before = one.sealingKey().keyId;
  for (let count = 0; count < 100; count += 1) one.sealingKey();
  for (let minute = 0; minute < 3; minute += 1) {
    clock.advanceSeconds(60);
    await tick();
  }
  expect(parseKeyId(one.sealingKey().keyId)?.rootId).not.toBe(parseKeyId(before)?.rootId);
  expect((await store.list())[0]).toMatchObject({ state: 'retiring', uses: 101 });
});

function headerKeyId(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}
