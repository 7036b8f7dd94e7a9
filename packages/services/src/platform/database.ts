// The embedded database: SQLite in one file of the data folder, reached through Kysely, as PostgreSQL is too. What a
// participant stores it says itself, in tables and migrations of its own.

import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type DialectAdapter, Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StartError } from './start-error.ts';

/** An open database. `Tables` is what the participants' migrations make. */
export interface Database<Tables> {
  readonly queries: Kysely<Tables>;
  close(): Promise<void>;
}

/**
 * Opens the embedded database of a data folder and holds it: a second process is refused. Every acknowledged write
 * has reached the disk (WAL with full synchronous writes), so it survives `kill -9` and a power cut.
 * @throws StartError where another process holds the folder, or the file is not a database
 */
export function openSqlite<Tables>(folder: string): Database<Tables> {
  const path = join(folder, 'gangway.sqlite');
  const isNew = !existsSync(path);
  const database = openFile(folder, path);
  try {
    database.exec('PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; PRAGMA synchronous = full;');
    // What is deleted (a retired key, a conversation) is overwritten, not only unlinked.
    database.exec('PRAGMA secure_delete = on;');
    // The exclusive lock is taken by the first write, not by the pragma.
    database.exec('BEGIN IMMEDIATE; COMMIT;');
    if (isNew) chmodSync(path, 0o600);
  } catch (error) {
    database.close();
    throw new StartError(problemWith(folder, path, error), { cause: error });
  }
  const queries = new Kysely<Tables>({ dialect: new TransactionalSqliteDialect({ database: forKysely(database) }) });
  return { queries, close: () => queries.destroy() };
}

function openFile(folder: string, path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  } catch (error) {
    throw new StartError(problemWith(folder, path, error), { cause: error });
  }
}

function problemWith(folder: string, path: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes('locked')) {
    return `The data folder ${folder} is in use by another process. Stop that one, or set GANGWAY_DATA_DIR to another folder.`;
  }
  if (text.includes('not a database')) return `${path} is not a database. Move it away, or restore it from a backup.`;
  return `The database ${path} cannot be opened: ${text}.`;
}

/** SQLite can change tables within a transaction. Kysely does not count on it, and would leave half of a migration behind. */
class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** `node:sqlite` in the few calls that Kysely's SQLite dialect makes. */
function forKysely(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bindable(parameters)),
        run: (parameters) => statement.run(...bindable(parameters)),
        iterate: (parameters) => statement.iterate(...bindable(parameters)),
      };
    },
  };
}

function bindable(parameters: readonly unknown[]): (string | number | bigint | null | Uint8Array)[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`A value of type ${typeof value} cannot be stored: give text, a number or bytes.`);
  });
}

/**
 * Brings the tables up to date. Each migration runs once, in the order of its name, whole or not at all.
 * @throws StartError where the database was made by a newer version
 */
export async function migrate<Tables>(database: Database<Tables>, migrations: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({ db: database.queries, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const text = error instanceof Error ? error.message : String(error);
  throw new StartError(
    text.includes('corrupted migrations')
      ? 'The database was written by another version of Gangway. Start that version, or a newer one.'
      : `The database cannot be brought up to date: ${text}`,
    { cause: error },
  );
}
