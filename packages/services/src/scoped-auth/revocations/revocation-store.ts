// Revocations in a database, SQLite or PostgreSQL: durable, one row for each subject, and a feed that every node follows.

import type { ExpressionBuilder, Kysely, OnConflictDatabase, OnConflictTables, Transaction } from 'kysely';
import { endsOnlyWhatHadBegun, type FeedEntry, isRevocationKind, type Revocation } from './revocation.ts';
import type { RevocationTables } from './revocation-tables.ts';

/** Where revocations are kept. Each call fails where the store cannot be reached, and then nothing has been promised. */
export interface RevocationStore {
  /**
   * Writes revocations, all or none, durably. Of a subject that is revoked already, the expiry moves to the later of
   * the two. Everything else stays as it was first written, save for deployments and accounts: there the later
   * revocation ends more, and takes the place of the earlier.
   */
  add(revocations: readonly Revocation[]): Promise<void>;
  /** Reads at most `limit` entries after a sequence. What is changed gets a new sequence, and so appears again. */
  after(sequence: number, limit: number): Promise<FeedPage>;
  /** The highest sequence that was ever written: it does not go back when entries are forgotten. */
  newest(): Promise<number>;
  /** Forgets at most `limit` revocations that had expired by then, in milliseconds since 1970; gives how many. */
  prune(expiredByMs: number, limit: number): Promise<number>;
}

/** A piece of the feed. */
export interface FeedPage {
  /** In the order of their sequences. Those of a kind that this version does not know are passed over. */
  readonly entries: readonly FeedEntry[];
  /** The sequence that was read up to; undefined where there was nothing more to read. */
  readonly readTo: number | undefined;
}

/** The store over a database. The migrations below must have run. */
export function databaseRevocationStore(database: Kysely<RevocationTables>): RevocationStore {
  return {
    async add(revocations) {
      if (revocations.length === 0) return;
      await database.transaction().execute((transaction) => add(transaction, revocations));
    },

    async after(sequence, limit) {
      const rows = await database
        .selectFrom('revocations')
        .selectAll()
        .where('sequence', '>', sequence)
        .orderBy('sequence')
        .limit(limit)
        .execute();
      const entries = rows.flatMap((row) => {
        // A newer version, which runs beside this one during an upgrade, may know more kinds.
        if (!isRevocationKind(row.kind)) return [];
        return {
          sequence: Number(row.sequence),
          kind: row.kind,
          subject: row.subject,
          reason: row.reason,
          createdAtMs: Number(row.created_at),
          expiresAtMs: Number(row.expires_at),
          madeBy: row.made_by,
        };
      });
      const last = rows.at(-1);
      return { entries, readTo: last === undefined ? undefined : Number(last.sequence) };
    },

    async newest() {
      const { sequence } = await database.selectFrom('revocation_feed').select('sequence').executeTakeFirstOrThrow();
      return Number(sequence);
    },

    async prune(expiredByMs, limit) {
      const { numDeletedRows } = await database
        .deleteFrom('revocations')
        .where('sequence', 'in', (rows) =>
          rows
            .selectFrom('revocations')
            .select('sequence')
            .where('expires_at', '<=', expiredByMs)
            .orderBy('expires_at')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

async function add(transaction: Transaction<RevocationTables>, revocations: readonly Revocation[]): Promise<void> {
  // The row of the feed is locked until the commit, so sequences become visible in their order: a follower that has seen
  // one will never miss a lower one. An identity column would be counted before the commit, and can be overtaken.
  const { sequence: last } = await transaction
    .updateTable('revocation_feed')
    .set((update) => ({ sequence: update('sequence', '+', revocations.length) }))
    .returning('sequence')
    .executeTakeFirstOrThrow();
  let sequence = Number(last) - revocations.length;
  for (const { kind, subject, reason, createdAtMs, expiresAtMs, madeBy } of revocations) {
    sequence += 1;
    await transaction
      .insertInto('revocations')
      .values({ sequence, kind, subject, reason, created_at: createdAtMs, expires_at: expiresAtMs, made_by: madeBy })
      .onConflict((conflict) => {
        const subjectIsRevoked = conflict.columns(['kind', 'subject']);
        return endsOnlyWhatHadBegun(kind)
          ? subjectIsRevoked
              .doUpdateSet({
                sequence: (row) => row.ref('excluded.sequence'),
                reason: (row) => ofTheLater(row, 'reason', 'created_at'),
                made_by: (row) => ofTheLater(row, 'made_by', 'created_at'),
                created_at: (row) => ofTheLater(row, 'created_at', 'created_at'),
                expires_at: (row) => ofTheLater(row, 'expires_at', 'expires_at'),
              })
              .where((row) =>
                row.or([
                  row('excluded.created_at', '>', row.ref('revocations.created_at')),
                  row('excluded.expires_at', '>', row.ref('revocations.expires_at')),
                ]),
              )
          : subjectIsRevoked
              .doUpdateSet({
                sequence: (row) => row.ref('excluded.sequence'),
                expires_at: (row) => row.ref('excluded.expires_at'),
              })
              .whereRef('excluded.expires_at', '>', 'revocations.expires_at');
      })
      .execute();
  }
}

type Conflict = ExpressionBuilder<OnConflictDatabase<RevocationTables, 'revocations'>, OnConflictTables<'revocations'>>;
type Column = keyof RevocationTables['revocations'];

/** A column of whichever is later by another column: of the row to be written, or of the one that is there. */
function ofTheLater<Wanted extends Column>(row: Conflict, wanted: Wanted, by: 'created_at' | 'expires_at') {
  return row
    .case()
    .when(`excluded.${by}`, '>', row.ref(`revocations.${by}`))
    .then(row.ref(`excluded.${wanted}`))
    .else(row.ref(`revocations.${wanted}`))
    .end();
}
