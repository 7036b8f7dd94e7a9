// kill -9 of the embedded store, at any moment of its writes: the folder opens again, every acknowledged write is there,
// and no write is there by halves.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { Tables } from '../../packages/services/src/compose.ts';
import { createFlexConfigurationStore } from '../../packages/services/src/flex-configuration/store.ts';
import { flexConfigurationMigrations } from '../../packages/services/src/flex-configuration/tables.ts';
import { migrate, openSqlite } from '../../packages/services/src/platform/database.ts';
import { databaseRootKeyStore, scopedAuthMigrations } from '../../packages/services/src/scoped-auth/keys/root-key-store.ts';
import { numberedRootKey } from '../topology/numbered-root-key.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { deploymentCount, nameOf } from './numbered-writes.ts';

const kills = 50;
/** A kill comes at a random moment within this time: while the folder opens, or some writes later. */
const withinMs = 120;
const writerFile = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** What a writer said. */
interface Acknowledged {
  readonly declared: readonly number[];
  readonly added: readonly number[];
}

/** A writer that waits for its turn. */
interface Writer {
  /** Lets it write, kills it at a random moment, and gives what it acknowledged until then. */
  writeAndBeKilled(): Promise<Acknowledged>;
}

function startWriter(folder: string): Writer {
  const child = spawn(process.execPath, [writerFile, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const loaded = Promise.withResolvers<void>();
  let said = '';
  let failure = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    loaded.resolve();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text;
  });
  const ended = Promise.withResolvers<void>();
  child.on('close', () => {
    ended.resolve();
    loaded.reject(new Error(`the writer ended: ${failure}`));
  });
  const numbersAfter = (word: string) => [...said.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(([, text]) => Number(text));
  return {
    async writeAndBeKilled() {
      await loaded.promise;
      child.stdin.write('go\n');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * withinMs);
      await ended.promise;
      expect(failure).toBe('');
      return { declared: numbersAfter('declared'), added: numbersAfter('added') };
    },
  };
}

it(`${kills} kills at random moments lose no acknowledged write and leave none by halves`, { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  let next = startWriter(folder);
  let written = 0;
  let killedWhileWriting = 0;
  const added = new Set<number>();
  for (let killed = 0; killed < kills; killed += 1) {
    const writer = next;
    if (killed + 1 < kills) next = startWriter(folder);
    const acknowledged = await writer.writeAndBeKilled();
    if (acknowledged.declared.length > 0) killedWhileWriting += 1;
    written = acknowledged.declared.at(-1) ?? written;
    for (const number of acknowledged.added) added.add(number);

    const database = openSqlite<Tables>(folder);
    await migrate(database, { ...flexConfigurationMigrations, ...scopedAuthMigrations });
    const store = createFlexConfigurationStore(database.queries);
    const { revision } = await store.feed();
    const active = (await store.changedAfter(0)).filter((record) => record.active);
    const keys = await databaseRootKeyStore(database.queries).list();
    await database.close();

    // The write under way may have come through or not; one that was acknowledged has.
    expect([written, written + 1]).toContain(revision);
    expect(active.map(({ settings }) => settings.friendlyName)).toEqual(
      Array.from({ length: revision === 0 ? 0 : deploymentCount(revision) }, () => nameOf(revision)),
    );
    const held = new Set(keys.map(({ id }) => id));
    expect([...added].filter((number) => !held.has(numberedRootKey(number).id))).toEqual([]);
    written = revision;
  }
  expect(killedWhileWriting).toBeGreaterThan(kills / 4);
});
