// Where root keys are kept: wrapped, in one table of the store that all nodes share.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { StartError } from '../../platform/start-error.ts';

/** A root key as it is stored. */
export interface WrappedRootKey {
  readonly id: string;
  /** Counts the root keys of the environment, from 1. */
  readonly ordinal: number;
  /** `active`: tokens are sealed with it and opened with it. */
  readonly state: 'active';
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** The key, wrapped by the key-encryption key and bound to `id`. */
  readonly wrapped: string;
}

/** What the key ring asks of a store. */
export interface RootKeyStore {
  list(): Promise<readonly WrappedRootKey[]>;
  /**
   * Adds a root key, durably; does nothing if there is one of its ordinal already. So of two nodes that start at once
   * on an empty store one wins, and both read the same key afterwards.
   */
  add(key: WrappedRootKey): Promise<void>;
}

/** The tables of Scoped Auth. */
export interface ScopedAuthTables {
  root_keys: {
    id: string;
    ordinal: number;
    state: string;
    created_at: string;
    wrapped: string;
  };
}

/** Root keys in a database, SQLite or PostgreSQL. The migrations below must have run. */
export function databaseRootKeyStore(database: Kysely<ScopedAuthTables>): RootKeyStore {
  return {
    async list() {
      const rows = await database.selectFrom('root_keys').selectAll().orderBy('ordinal').execute();
      return rows.map((row) => ({
        id: row.id,
        ordinal: row.ordinal,
        state: readState(row.state),
        createdAt: row.created_at,
        wrapped: row.wrapped,
      }));
    },
    async add(key) {
      await database
        .insertInto('root_keys')
        .values({ id: key.id, ordinal: key.ordinal, state: key.state, created_at: key.createdAt, wrapped: key.wrapped })
        .onConflict((conflict) => conflict.column('ordinal').doNothing())
        .execute();
    },
  };
}

// A newer version may have written a state that this one cannot honour: a key that was withdrawn, for instance.
function readState(state: string): 'active' {
  if (state !== 'active')
    throw new StartError(
      'The store holds a root key in a state that this version of Gangway does not know. Start the newer version.',
    );
  return state;
}

/** Migrations of Scoped Auth's tables. */
export const scopedAuthMigrations: Record<string, Migration> = {
  '001_scoped_auth_root_keys': {
    async up(database) {
      await database.schema
        .createTable('root_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('ordinal', 'integer', (column) => column.notNull().unique())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('wrapped', 'text', (column) => column.notNull())
        .execute();
    },
    async down(database) {
      await database.schema.dropTable('root_keys').execute();
    },
  },
};
