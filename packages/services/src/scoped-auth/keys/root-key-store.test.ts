// Root keys in the embedded database: they last, and the first of two nodes wins.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, migrate, openSqlite } from '../../platform/database.ts';
import { claims, testKeyRing } from '../testing/fixtures.ts';
import { open } from '../token/open.ts';
import { seal } from '../token/seal.ts';
import { databaseRootKeyStore, type ScopedAuthTables, scopedAuthMigrations, type WrappedRootKey } from './root-key-store.ts';

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

const key: WrappedRootKey = {
  id: 'AAAAAAAAAAAA',
  ordinal: 1,
  state: 'active',
  createdAt: '2030-01-01T00:00:00.000Z',
  wrapped: 'wrapped',
};

test('a stored key is listed as it was added, also after the database was closed', async () => {
  await databaseRootKeyStore(database.queries).add(key);
  await database.close();
  await openDatabase();
  expect(await databaseRootKeyStore(database.queries).list()).toEqual([key]);
});

test('keys are listed in their order, and a second key of one ordinal is not added', async () => {
  const store = databaseRootKeyStore(database.queries);
  expect(await store.list()).toEqual([]);
  await store.add({ ...key, id: 'BBBBBBBBBBBB', ordinal: 2 });
  await store.add(key);
  await store.add({ ...key, id: 'CCCCCCCCCCCC' });
  expect((await store.list()).map(({ id }) => id)).toEqual(['AAAAAAAAAAAA', 'BBBBBBBBBBBB']);
});

test('a state of a newer version stops the start instead of being ignored', async () => {
  await database.queries
    .insertInto('root_keys')
    .values({ id: key.id, ordinal: 1, state: 'withdrawn', created_at: key.createdAt, wrapped: '' })
    .execute();
  await expect(databaseRootKeyStore(database.queries).list()).rejects.toThrow('Start the newer version');
});

test('tokens survive a restart over the database', async () => {
  const token = seal(
    claims,
    (await testKeyRing({ store: databaseRootKeyStore(database.queries) })).sealingKey(),
    Buffer.alloc(12, 7),
  );
  await database.close();
  await openDatabase();
  expect(open(token, await testKeyRing({ store: databaseRootKeyStore(database.queries) }))).toEqual(claims);
});
