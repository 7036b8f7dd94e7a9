// The tables of revocations, and the migrations that make them.

import type { Migration } from 'kysely/migration';

/** The tables of revocations. */
export interface RevocationTables {
  revocations: {
    /** PostgreSQL gives large integers as text. */
    sequence: number | string;
    kind: string;
    subject: string;
    reason: string;
    /** Milliseconds since 1970, as is `expires_at`. */
    created_at: number | string;
    expires_at: number | string;
    made_by: string;
  };
  /** One row: the newest sequence. */
  revocation_feed: { sequence: number | string };
}

/** Migrations of the tables of revocations. */
export const revocationMigrations: Record<string, Migration> = {
  '002_scoped_auth_revocations': {
    async up(database) {
      await database.schema
        .createTable('revocations')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('made_by', 'text', (column) => column.notNull())
        .addUniqueConstraint('revocations_subject', ['kind', 'subject'])
        .execute();
      await database.schema.createIndex('revocations_expires_at').on('revocations').column('expires_at').execute();
      await database.schema
        .createTable('revocation_feed')
        .addColumn('sequence', 'bigint', (column) => column.notNull())
        .execute();
      await database.insertInto('revocation_feed').values({ sequence: 0 }).execute();
    },
    async down(database) {
      await database.schema.dropTable('revocation_feed').execute();
      await database.schema.dropTable('revocations').execute();
    },
  },
};
