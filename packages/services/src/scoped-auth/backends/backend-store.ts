// Backends in a database, SQLite or PostgreSQL: an operator's few rows, in the store that all nodes share.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { StoredBackend } from './backend.ts';

/** The table of backends. */
export interface BackendTables {
  backends: {
    id: string;
    name: string;
    /** A JSON list of sids. */
    accounts: string;
    hash: string;
    former_hash: string;
    /** Milliseconds since 1970, as are those below. PostgreSQL gives large integers as text. */
    former_until: number | string | null;
    created_at: number | string;
    rotated_at: number | string | null;
    revoked_at: number | string | null;
  };
}

/** Where backends are kept. Each call fails where the store cannot be reached. */
export interface BackendStore {
  /** All that ever were, oldest first. */
  list(): Promise<readonly StoredBackend[]>;
  add(backend: StoredBackend): Promise<void>;
  /** Puts another hash in place of the one that is there, which becomes the former; false where there is no such backend, or it is revoked. */
  rotate(id: string, hash: string, atMs: number, formerUntilMs: number): Promise<boolean>;
  /** Ends it, and forgets its hashes; false where there is no such backend, or it was revoked before. */
  revoke(id: string, atMs: number): Promise<boolean>;
}

/** The store over a database. The migrations below must have run. */
export function databaseBackendStore(database: Kysely<BackendTables>): BackendStore {
  return {
    async list() {
      return (await database.selectFrom('backends').selectAll().orderBy('created_at').orderBy('id').execute()).map(readRow);
    },

    async add({ id, name, accounts, hash, formerHash, formerUntilMs, createdAtMs, rotatedAtMs, revokedAtMs }) {
      await database
        .insertInto('backends')
        .values({
          ...{ id, name, hash },
          accounts: JSON.stringify(accounts),
          former_hash: formerHash,
          former_until: formerUntilMs,
          created_at: createdAtMs,
          rotated_at: rotatedAtMs,
          revoked_at: revokedAtMs,
        })
        .execute();
    },

    async rotate(id, hash, atMs, formerUntilMs) {
      const { numUpdatedRows } = await database
        .updateTable('backends')
        .set(({ ref }) => ({ former_hash: ref('hash'), former_until: formerUntilMs, hash, rotated_at: atMs }))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async revoke(id, atMs) {
      const { numUpdatedRows } = await database
        .updateTable('backends')
        .set({ hash: '', former_hash: '', former_until: null, revoked_at: atMs })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
  };
}

const moment = (value: number | string | null): number | null => (value === null ? null : Number(value));

function readRow(row: BackendTables['backends']): StoredBackend {
  const { id, name, hash } = row;
  return {
    ...{ id, name, hash },
    accounts: JSON.parse(row.accounts) as string[],
    formerHash: row.former_hash,
    formerUntilMs: moment(row.former_until),
    createdAtMs: Number(row.created_at),
    rotatedAtMs: moment(row.rotated_at),
    revokedAtMs: moment(row.revoked_at),
  };
}

/** Migrations of the table of backends. */
export const backendMigrations: Record<string, Migration> = {
  '003_scoped_auth_backends': {
    async up(database) {
      await database.schema
        .createTable('backends')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('accounts', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('former_hash', 'text', (column) => column.notNull())
        .addColumn('former_until', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('rotated_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .execute();
    },
    async down(database) {
      await database.schema.dropTable('backends').execute();
    },
  },
};
