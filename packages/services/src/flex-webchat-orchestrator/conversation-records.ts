// The built-in conversations: a record of who came and what they said first, deleted after a while.

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Clock } from '../platform/clock.ts';
import type { Conversations, NewConversation } from './conversations.ts';

/** The tables of the orchestrator. */
export interface OrchestratorTables {
  conversations: {
    sid: string;
    account_sid: string;
    deployment_sid: string;
    address_sid: string | null;
    identity: string;
    customer_friendly_name: string;
    pre_engagement_data: string;
    /** Milliseconds since 1970. */
    created_at: number;
    /** When the operator's chat system is told next; null: it was told, or there is none. Milliseconds since 1970. */
    notify_at: number | null;
    notify_tries: number;
  };
}

export const orchestratorMigrations: Record<string, Migration> = {
  '002_orchestrator_conversations': {
    async up(db) {
      await db.schema
        .createTable('conversations')
        .addColumn('sid', 'text', (column) => column.primaryKey())
        .addColumn('account_sid', 'text', (column) => column.notNull())
        .addColumn('deployment_sid', 'text', (column) => column.notNull())
        .addColumn('address_sid', 'text')
        .addColumn('identity', 'text', (column) => column.notNull())
        .addColumn('customer_friendly_name', 'text', (column) => column.notNull())
        .addColumn('pre_engagement_data', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('notify_at', 'bigint')
        .addColumn('notify_tries', 'integer', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('conversations_created_at').on('conversations').column('created_at').execute();
      await db.schema.createIndex('conversations_identity').on('conversations').column('identity').execute();
      await db.schema.createIndex('conversations_notify_at').on('conversations').column('notify_at').execute();
    },
  },
};

/** A conversation whose chat system is still to be told. */
export interface UntoldConversation extends NewConversation {
  readonly sid: string;
  readonly createdAtMs: number;
  readonly tries: number;
}

/** The records of conversations. */
export interface ConversationRecords extends Conversations {
  /** Conversations that are due to be told, oldest first. */
  untold(nowMs: number): Promise<readonly UntoldConversation[]>;
  /** The chat system was told. */
  told(sid: string): Promise<void>;
  /** It could not be told; it is tried again at a time, or never where that is null. */
  notTold(sid: string, tries: number, againAtMs: number | null): Promise<void>;
  /** Deletes all records of an identity, or one record; gives how many there were. */
  erase(which: { readonly identity: string } | { readonly conversationSid: string }): Promise<number>;
  /** Deletes what is older than the retention; gives how many were. */
  forget(olderThanMs: number): Promise<number>;
}

const untoldAtOnce = 20;

/**
 * Makes the records over a database that has the orchestrator's tables.
 * @param notifies whether there is a chat system that must be told of each conversation
 */
export function createConversationRecords(
  database: Kysely<OrchestratorTables>,
  clock: Clock,
  notifies: boolean,
): ConversationRecords {
  return {
    async open(conversation) {
      const sid = `CH${randomBytes(16).toString('hex')}`;
      const now = clock.now();
      await database
        .insertInto('conversations')
        .values({
          sid,
          account_sid: conversation.accountSid,
          deployment_sid: conversation.deploymentSid,
          address_sid: conversation.addressSid,
          identity: conversation.identity,
          customer_friendly_name: conversation.customerFriendlyName,
          pre_engagement_data: conversation.preEngagementData,
          created_at: now,
          notify_at: notifies ? now : null,
          notify_tries: 0,
        })
        .execute();
      return sid;
    },

    async untold(nowMs) {
      const rows = await database
        .selectFrom('conversations')
        .selectAll()
        .where('notify_at', '<=', nowMs)
        .orderBy('notify_at')
        .limit(untoldAtOnce)
        .execute();
      return rows.map((row) => ({
        sid: row.sid,
        accountSid: row.account_sid,
        deploymentSid: row.deployment_sid,
        addressSid: row.address_sid,
        identity: row.identity,
        customerFriendlyName: row.customer_friendly_name,
        preEngagementData: row.pre_engagement_data,
        createdAtMs: Number(row.created_at),
        tries: row.notify_tries,
      }));
    },

    async told(sid) {
      await database.updateTable('conversations').set({ notify_at: null }).where('sid', '=', sid).execute();
    },

    async notTold(sid, tries, againAtMs) {
      await database
        .updateTable('conversations')
        .set({ notify_at: againAtMs, notify_tries: tries })
        .where('sid', '=', sid)
        .execute();
    },

    async erase(which) {
      const rows = database.deleteFrom('conversations');
      const { numDeletedRows } = await ('identity' in which
        ? rows.where('identity', '=', which.identity)
        : rows.where('sid', '=', which.conversationSid)
      ).executeTakeFirst();
      return Number(numDeletedRows);
    },

    async forget(olderThanMs) {
      const { numDeletedRows } = await database
        .deleteFrom('conversations')
        .where('created_at', '<', olderThanMs)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
