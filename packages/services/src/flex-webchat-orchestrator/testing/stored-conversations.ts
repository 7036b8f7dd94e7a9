// Conversation records in a database of their own, with a clock that the test moves.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { migrate, openSqlite } from '../../platform/database.ts';
import { fakeClock } from '../../platform/testing/fake-clock.ts';
import { createConversationRecords, type OrchestratorTables, orchestratorMigrations } from '../conversation-records.ts';
import type { NewConversation } from '../conversations.ts';

export const conversation: NewConversation = {
  accountSid: `AC${'1'.repeat(32)}`,
  deploymentSid: `DP${'2'.repeat(32)}`,
  addressSid: null,
  identity: '6f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11',
  customerFriendlyName: 'Canary Wren',
  preEngagementData: '{"question":"canary forty-seven"}',
};

/** Opens records that are gone when the test is over. */
export async function storedConversations({ notifies = true }: { readonly notifies?: boolean } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-'));
  const database = openSqlite<OrchestratorTables>(folder);
  onTestFinished(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await migrate(database, orchestratorMigrations);
  const clock = fakeClock();
  const records = createConversationRecords(database.queries, clock, notifies);
  const count = async () => (await database.queries.selectFrom('conversations').select('sid').execute()).length;
  return { clock, records, count };
}
