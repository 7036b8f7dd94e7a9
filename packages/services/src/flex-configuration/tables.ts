// What Flex Configuration stores. A row holds a deployment as it was declared; what it inherits is resolved when it is read.

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The tables of Flex Configuration. */
export interface FlexConfigurationTables {
  accounts: {
    sid: string;
    /** The account as declared, without its deployments (JSON). */
    settings: string;
  };
  deployments: {
    sid: string;
    account_sid: string;
    /** The deployment as declared (JSON). */
    settings: string;
    /** 0 where the deployment is disabled or no longer declared. */
    active: number;
    /** The value of the counter when this row last changed. */
    revision: number;
  };
  deployment_keys: { deployment_key: string; deployment_sid: string };
  /** One row: which store this is, and how many changes it has seen. */
  feed: { id: string; revision: number };
}

export const flexConfigurationMigrations: Record<string, Migration> = {
  '001_flex_configuration': {
    async up(db) {
      await db.schema
        .createTable('accounts')
        .addColumn('sid', 'text', (column) => column.primaryKey())
        .addColumn('settings', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('deployments')
        .addColumn('sid', 'text', (column) => column.primaryKey())
        .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
        .addColumn('settings', 'text', (column) => column.notNull())
        .addColumn('active', 'integer', (column) => column.notNull())
        .addColumn('revision', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('deployments_revision').on('deployments').column('revision').execute();
      await db.schema
        .createTable('deployment_keys')
        .addColumn('deployment_key', 'text', (column) => column.primaryKey())
        .addColumn('deployment_sid', 'text', (column) => column.notNull().references('deployments.sid'))
        .execute();
      await db.schema
        .createTable('feed')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('revision', 'bigint', (column) => column.notNull())
        .execute();
      await sql`insert into feed (id, revision) values (${crypto.randomUUID()}, 0)`.execute(db);
    },
  },
};
