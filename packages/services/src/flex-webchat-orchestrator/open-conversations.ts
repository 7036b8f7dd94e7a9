// Opens the built-in conversations, and the way to tell the operator's chat system of them.

import type { Kysely } from 'kysely';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { StartError } from '../platform/start-error.ts';
import { type ConversationRecords, createConversationRecords, type OrchestratorTables } from './conversation-records.ts';
import { createConversationWebhook } from './conversation-webhook.ts';
import { keepConversations } from './keep-conversations.ts';

/** What conversations are opened on. */
export interface ConversationGround {
  readonly database: Kysely<OrchestratorTables>;
  readonly settings: Pick<Settings, 'CONVERSATION_WEBHOOK_URL' | 'CONVERSATION_WEBHOOK_SECRET' | 'CONVERSATION_RETENTION_DAYS'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens them.
 * @throws StartError where a webhook lacks its address or its secret
 */
export function openConversations({ database, settings, clock, log }: ConversationGround): {
  readonly records: ConversationRecords;
  /** Tells, and forgets, what is due. Never fails. */
  readonly keep: () => Promise<void>;
} {
  const { CONVERSATION_WEBHOOK_URL: url, CONVERSATION_WEBHOOK_SECRET: secret } = settings;
  if ((url === undefined) !== (secret === undefined)) {
    throw new StartError('A webhook needs both GANGWAY_CONVERSATION_WEBHOOK_URL and GANGWAY_CONVERSATION_WEBHOOK_SECRET.');
  }
  const records = createConversationRecords(database, clock, url !== undefined);
  const tell =
    url === undefined || secret === undefined
      ? async () => {}
      : createConversationWebhook({ records, webhook: { url, secret }, clock, log });
  return { records, keep: keepConversations(records, { clock, log, retentionDays: settings.CONVERSATION_RETENTION_DAYS, tell }) };
}
