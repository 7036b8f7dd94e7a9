// The process that kill-during-writes.test.ts kills. It writes through the real stores as fast as it can and says each
// write on standard output once the store has acknowledged it. It opens the folder when a line comes on standard input,
// so that the time that loading takes is spent before.

import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { Tables } from '../../packages/services/src/compose.ts';
import { createFlexConfigurationStore } from '../../packages/services/src/flex-configuration/store.ts';
import { flexConfigurationMigrations } from '../../packages/services/src/flex-configuration/tables.ts';
import { migrate, openSqlite } from '../../packages/services/src/platform/database.ts';
import { databaseRootKeyStore, scopedAuthMigrations } from '../../packages/services/src/scoped-auth/keys/root-key-store.ts';
import { numberedRootKey } from '../topology/numbered-root-key.ts';
import { declarationOf } from './numbered-writes.ts';

const [, , folder = ''] = process.argv;
writeSync(1, 'loaded\n');
await once(process.stdin, 'data');

const database = openSqlite<Tables>(folder);
await migrate(database, { ...flexConfigurationMigrations, ...scopedAuthMigrations });
const store = createFlexConfigurationStore(database.queries);
const rootKeys = databaseRootKeyStore(database.queries);
for (let number = (await store.feed()).revision + 1; ; number += 1) {
  await store.apply(declarationOf(number));
  writeSync(1, `declared ${number}\n`);
  await rootKeys.add(numberedRootKey(number));
  writeSync(1, `added ${number}\n`);
}
