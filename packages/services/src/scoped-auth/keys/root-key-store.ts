// Root keys in a database, SQLite or PostgreSQL: wrapped, in the store that all nodes share.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { StartError } from '../../platform/start-error.ts';
import type { KeyState, KeyUse, RootKeyStore, WrappedRootKey } from './root-key.ts';

/** The tables of root keys. */
export interface ScopedAuthTables {
  root_keys: {
    id: string;
    use: string;
    ordinal: number;
    state: string;
    created_at: string;
    state_since: string;
    wanted_at: string | null;
    uses: number | string;
    wrapped: string;
    reason: string | null;
  };
  killed_key_ids: {
    key_id: string;
    killed_at: string;
    reason: string;
  };
}

/** The store over a database. The migrations below must have run. */
export function databaseRootKeyStore(database: Kysely<ScopedAuthTables>): RootKeyStore {
  const all = () => database.selectFrom('root_keys').selectAll().orderBy('ordinal');
  const changed = ({ numUpdatedRows }: { readonly numUpdatedRows: bigint }): boolean => numUpdatedRows > 0n;
  return {
    async list() {
      return (await all().where('state', '!=', 'retired').execute()).map(readRow);
    },

    async history() {
      return (await all().execute()).map(readRow);
    },

    async add({ createdAt, stateSince, wantedAt, ...rest }) {
      await database
        .insertInto('root_keys')
        .values({ ...rest, created_at: createdAt, state_since: stateSince, wanted_at: wantedAt })
        .onConflict((conflict) => conflict.column('ordinal').doNothing())
        .execute();
    },

    async move(id, from, to, at) {
      return changed(
        await database
          .updateTable('root_keys')
          .set({ state: to, state_since: at, ...(to === 'retired' ? { wrapped: '' } : {}) })
          .where('id', '=', id)
          .where('state', '=', from)
          .executeTakeFirstOrThrow(),
      );
    },

    async want(id, at) {
      return changed(
        await database
          .updateTable('root_keys')
          .set(({ fn, ref, val }) => ({ wanted_at: fn.coalesce(ref('wanted_at'), val(at)) }))
          .where('id', '=', id)
          .where('state', '=', 'published')
          .executeTakeFirstOrThrow(),
      );
    },

    async kill(id, at, reason) {
      return changed(
        await database
          .updateTable('root_keys')
          .set({ state: 'killed', state_since: at, reason, wrapped: '' })
          .where('id', '=', id)
          .where('state', 'not in', ['killed', 'retired'])
          .executeTakeFirstOrThrow(),
      );
    },

    async rewrap(id, from, to) {
      return changed(
        await database
          .updateTable('root_keys')
          .set({ wrapped: to })
          .where('id', '=', id)
          .where('wrapped', '=', from)
          .executeTakeFirstOrThrow(),
      );
    },

    async addUses(id, uses) {
      await database
        .updateTable('root_keys')
        .set(({ eb }) => ({ uses: eb('uses', '+', uses) }))
        .where('id', '=', id)
        .execute();
    },

    async killedKeyIds() {
      const rows = await database.selectFrom('killed_key_ids').selectAll().orderBy('key_id').execute();
      return rows.map((row) => ({ keyId: row.key_id, killedAt: row.killed_at, reason: row.reason }));
    },

    async killKeyId({ keyId, killedAt, reason }) {
      const { numInsertedOrUpdatedRows } = await database
        .insertInto('killed_key_ids')
        .values({ key_id: keyId, killed_at: killedAt, reason })
        .onConflict((conflict) => conflict.column('key_id').doNothing())
        .executeTakeFirstOrThrow();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async forgetKeyId(keyId) {
      await database.deleteFrom('killed_key_ids').where('key_id', '=', keyId).execute();
    },
  };
}

const knownStates: readonly string[] = ['published', 'active', 'retiring', 'retired', 'killed'] satisfies KeyState[];
const knownUses: readonly string[] = ['enc', 'sig'] satisfies KeyUse[];

function readRow(row: ScopedAuthTables['root_keys']): WrappedRootKey {
  const { id, use, ordinal, state, wrapped, reason } = row;
  // A newer version may have written what this one cannot honour: a key that was withdrawn, for instance.
  if (!knownStates.includes(state) || !knownUses.includes(use)) {
    throw new StartError(
      'The store holds a root key in a state that this version of Gangway does not know. Start the newer version.',
    );
  }
  return {
    id,
    use: use as KeyUse,
    ordinal,
    state: state as KeyState,
    createdAt: row.created_at,
    stateSince: row.state_since,
    wantedAt: row.wanted_at,
    // PostgreSQL gives large integers as text.
    uses: Number(row.uses),
    wrapped,
    reason,
  };
}

/** Migrations of the tables of root keys. */
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
  '002_scoped_auth_key_lives': {
    async up(database) {
      // SQLite adds one column at a time.
      const table = () => database.schema.alterTable('root_keys');
      await table()
        .addColumn('use', 'text', (column) => column.notNull().defaultTo('enc'))
        .execute();
      await table()
        .addColumn('state_since', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      await table().addColumn('wanted_at', 'text').execute();
      await table()
        .addColumn('uses', 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
      await table().addColumn('reason', 'text').execute();
      await database
        .updateTable('root_keys')
        .set(({ ref }) => ({ state_since: ref('created_at') }))
        .execute();
      await database.schema
        .createTable('killed_key_ids')
        .addColumn('key_id', 'text', (column) => column.primaryKey())
        .addColumn('killed_at', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .execute();
    },
    async down(database) {
      await database.schema.dropTable('killed_key_ids').execute();
      for (const column of ['use', 'state_since', 'wanted_at', 'uses', 'reason']) {
        await database.schema.alterTable('root_keys').dropColumn(column).execute();
      }
    },
  },
};
