// The store of root keys, in memory and in the embedded database: one suite over both, and what only a database promises.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, migrate, openSqlite } from '../../platform/database.ts';
import { claims, memoryRootKeyStore, testKek, testKeyRing } from '../testing/fixtures.ts';
import { open } from '../token/open.ts';
import { seal } from '../token/seal.ts';
import type { RootKeyStore, WrappedRootKey } from './root-key.ts';
import { databaseRootKeyStore, type ScopedAuthTables, scopedAuthMigrations } from './root-key-store.ts';

let folder = '';
let database: Database<ScopedAuthTables>;

async function openDatabase(): Promise<void> {
  database = openSqlite<ScopedAuthTables>(folder);
  await migrate(database, scopedAuthMigrations);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-root-keys-'));
  await openDatabase();
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const at = '2030-01-01T00:00:00.000Z';
const later = '2030-01-02T00:00:00.000Z';
const key: WrappedRootKey = {
  id: 'AAAAAAAAAAAA',
  use: 'enc',
  ordinal: 1,
  state: 'active',
  createdAt: at,
  stateSince: at,
  wantedAt: null,
  uses: 0,
  wrapped: 'wrapped',
  reason: null,
};
const other: WrappedRootKey = { ...key, id: 'BBBBBBBBBBBB', use: 'sig', ordinal: 2, state: 'published' };

const stores: readonly [string, () => RootKeyStore][] = [
  ['in memory', memoryRootKeyStore],
  ['in the database', () => databaseRootKeyStore(database.queries)],
];

describe.each(stores)('%s', (_name, makeStore) => {
  let store: RootKeyStore;
  const find = async (id = key.id) => (await store.history()).find((one) => one.id === id);
  beforeEach(async () => {
    store = makeStore();
    await store.add(other);
    await store.add(key);
  });

  test('keys are listed in their order, and a second key of one ordinal is not added', async () => {
    await store.add({ ...key, id: 'CCCCCCCCCCCC' });
    expect(await store.list()).toEqual([key, other]);
  });

  test('a key moves on from the state that it is in, and from no other', async () => {
    expect(await store.move(key.id, 'published', 'active', later)).toBe(false);
    expect(await store.move('ZZZZZZZZZZZZ', 'active', 'retiring', later)).toBe(false);
    expect(await store.list()).toEqual([key, other]);
    expect(await store.move(key.id, 'active', 'retiring', later)).toBe(true);
    expect(await store.move(key.id, 'active', 'retiring', later)).toBe(false);
    expect(await store.list()).toEqual([{ ...key, state: 'retiring', stateSince: later }, other]);
  });

  test('of ten that move a key at once, one does', async () => {
    const moves = await Promise.all(Array.from({ length: 10 }, () => store.move(other.id, 'published', 'active', later)));
    expect(moves.filter(Boolean)).toHaveLength(1);
  });

  test('a retired key has no material, and is history', async () => {
    await store.move(key.id, 'active', 'retiring', at);
    expect(await store.move(key.id, 'retiring', 'retired', later)).toBe(true);
    expect(await store.list()).toEqual([other]);
    expect(await store.history()).toEqual([{ ...key, state: 'retired', stateSince: later, wrapped: '' }, other]);
  });

  test('a killed key has no material, says why, and never comes back', async () => {
    expect(await store.kill(key.id, later, 'leaked')).toBe(true);
    expect(await store.kill(key.id, later, 'leaked again')).toBe(false);
    expect(await store.move(key.id, 'active', 'retiring', later)).toBe(false);
    expect(await store.rewrap(key.id, 'wrapped', 'anew')).toBe(false);
    expect(await find()).toEqual({ ...key, state: 'killed', stateSince: later, wrapped: '', reason: 'leaked' });
    expect(await store.list()).toHaveLength(2);
  });

  test('a retired key cannot be killed', async () => {
    await store.move(key.id, 'active', 'retired', later);
    expect(await store.kill(key.id, later, 'late')).toBe(false);
  });

  test('only a published key can be wanted, and the first wish stands', async () => {
    expect(await store.want(key.id, at)).toBe(false);
    expect(await store.want(other.id, at)).toBe(true);
    expect(await store.want(other.id, later)).toBe(true);
    expect(await find(other.id)).toEqual({ ...other, wantedAt: at });
  });

  test('a key is wrapped anew only if it is still wrapped as it was', async () => {
    expect(await store.rewrap(key.id, 'otherwise', 'anew')).toBe(false);
    expect(await store.rewrap(key.id, 'wrapped', 'anew')).toBe(true);
    expect(await find()).toEqual({ ...key, wrapped: 'anew' });
  });

  test('uses add up, beyond what 32 bits hold', async () => {
    await store.addUses(key.id, 2 ** 40);
    await store.addUses(key.id, 7);
    await store.addUses('ZZZZZZZZZZZZ', 7);
    expect(await find()).toEqual({ ...key, uses: 2 ** 40 + 7 });
  });

  test('killed subkeys are listed once, until they are forgotten', async () => {
    const one = { keyId: 'AAAAAAAAAAAA.BBBBBBBBBBBB', killedAt: at, reason: 'lost' };
    const two = { ...one, keyId: `${one.keyId}.1` };
    expect(await store.killedKeyIds()).toEqual([]);
    expect([await store.killKeyId(two), await store.killKeyId(one), await store.killKeyId(one)]).toEqual([true, true, false]);
    expect(await store.killedKeyIds()).toEqual([one, two]);
    await store.forgetKeyId(one.keyId);
    expect(await store.killedKeyIds()).toEqual([two]);
  });
});

test('a stored key is listed as it was added, also after the database was closed', async () => {
  await databaseRootKeyStore(database.queries).add(key);
  await database.close();
  await openDatabase();
  expect(await databaseRootKeyStore(database.queries).list()).toEqual([key]);
});

test('a state or use of a newer version stops the start instead of being ignored', async () => {
  const store = databaseRootKeyStore(database.queries);
  await store.add(key);
  for (const [column, value] of [
    ['state', 'withdrawn'],
    ['use', 'mac'],
  ] as const) {
    await database.queries
      .updateTable('root_keys')
      .set({ state: 'active', use: 'enc', [column]: value })
      .execute();
    await expect(store.list()).rejects.toThrow('Start the newer version');
  }
});

test('tokens survive a restart over the database', async () => {
  const keyRing = await testKeyRing({ store: databaseRootKeyStore(database.queries) });
  const token = seal(claims, keyRing.sealingKey(), Buffer.alloc(12, 7));
  await database.close();
  await openDatabase();
  expect(open(token, await testKeyRing({ store: databaseRootKeyStore(database.queries) }))).toEqual(claims);
});

test('a key of the version before rotation goes on being active, since it was made', async () => {
  const fresh = mkdtempSync(join(tmpdir(), 'gangway-root-keys-'));
  const old = openSqlite<ScopedAuthTables>(fresh);
  const { '001_scoped_auth_root_keys': first, ...rest } = scopedAuthMigrations;
  if (first === undefined) throw new Error('The first migration is missing.');
  await migrate(old, { '001_scoped_auth_root_keys': first });
  const wrapped = await testKek().wrap(key.id, Buffer.alloc(32, 7));
  await old.queries
    .insertInto('root_keys')
    .values({ id: key.id, ordinal: 1, state: 'active', created_at: at, wrapped } as never)
    .execute();
  await migrate(old, { '001_scoped_auth_root_keys': first, ...rest });
  const store = databaseRootKeyStore(old.queries);
  expect(await store.list()).toEqual([{ ...key, wrapped }]);
  expect((await testKeyRing({ store })).sealingKey().keyId).toMatch(new RegExp(`^${key.id}\\.`));
  await old.close();
  rmSync(fresh, { recursive: true });
});
