// The embedded database is a store of revocations, and what it acknowledged outlives a kill.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate, openSqlite } from '../../platform/database.ts';
import { databaseRevocationStore } from './revocation-store.ts';
import { type RevocationTables, revocationMigrations } from './revocation-tables.ts';
import { testRevocationStore } from './testing/revocation-store.conformance.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-revocations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function open() {
  const database = openSqlite<RevocationTables>(folder);
  await migrate(database, revocationMigrations);
  return { store: databaseRevocationStore(database.queries), database, close: () => database.close() };
}

testRevocationStore('the embedded database', open);

test('a kind that only a newer version knows is passed over, and does not stop the feed', async () => {
  const { store, database, close } = await open();
  const row = { reason: '', created_at: 0, expires_at: 9e12, made_by: '' };
  await database.queries
    .insertInto('revocations')
    .values([
      { ...row, sequence: 1, kind: 'address', subject: '192.0.2.1' },
      { ...row, sequence: 2, kind: 'account', subject: `AC${'1'.repeat(32)}` },
    ])
    .execute();
  expect(await store.after(0, 1)).toEqual({ entries: [], readTo: 1 });
  expect(await store.after(1, 1)).toMatchObject({ entries: [{ sequence: 2, kind: 'account' }], readTo: 2 });
  expect(await store.after(2, 1)).toEqual({ entries: [], readTo: undefined });
  await close();
});

test('every acknowledged revocation is there after kill -9, in mid-write', async () => {
  const program = fileURLToPath(new URL('testing/revoke-until-killed.ts', import.meta.url));
  for (const acknowledgedBeforeKill of [1, 40]) {
    const writer = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(writer, 'exit');
    const acknowledged: string[] = [];
    for await (const subject of createInterface({ input: writer.stdout })) {
      acknowledged.push(subject);
      if (acknowledged.length === acknowledgedBeforeKill) writer.kill('SIGKILL');
    }
    await exited;
    const { store, close } = await open();
    const stored = new Set((await store.after(0, 10_000)).entries.map(({ subject }) => subject));
    expect(acknowledged.length).toBeGreaterThanOrEqual(acknowledgedBeforeKill);
    expect(acknowledged.filter((subject) => !stored.has(subject))).toEqual([]);
    await close();
  }
});
