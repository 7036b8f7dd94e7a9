// Revokes one session after another in the data folder of its argument, and prints each once it is acknowledged: for
// the test that kills it.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../../platform/clock.ts';
import { migrate, openSqlite } from '../../../platform/database.ts';
import { openRevocations } from '../open-revocations.ts';
import { databaseRevocationStore } from '../revocation-store.ts';
import { type RevocationTables, revocationMigrations } from '../revocation-tables.ts';

const database = openSqlite<RevocationTables>(process.argv[2] ?? '');
await migrate(database, revocationMigrations);
const revocations = await openRevocations({
  store: databaseRevocationStore(database.queries),
  clock: systemClock,
  log: { info() {}, warn() {} },
  sessionSecondsMax: 86_400,
  clockLeewaySeconds: 60,
});
while (true) {
  const subject = randomUUID();
  await revocations.revoke({ kind: 'session', subject, reason: 'test', madeBy: 'test' });
  writeSync(1, `${subject}\n`);
}
