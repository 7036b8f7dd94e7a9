// Where a conformance suite keeps a database: the suite opens it, closes it and opens it again, and knows nothing else
// of it. So every database runs the same suites.

import type { Kysely } from 'kysely';
import type { Tables } from '../../packages/services/src/compose.ts';
import { flexConfigurationMigrations } from '../../packages/services/src/flex-configuration/tables.ts';
import { type Database, migrate } from '../../packages/services/src/platform/database.ts';
import { scopedAuthMigrations } from '../../packages/services/src/scoped-auth/open-scoped-auth.ts';

/** A place for one database, empty at first. It is opened by one user at a time. */
export interface DatabasePlace {
  open(): Database<Tables> | Promise<Database<Tables>>;
}

/** The migrations of all participants. */
export const migrations = { ...flexConfigurationMigrations, ...scopedAuthMigrations };

/** A place whose database is open. */
export interface OpenPlace {
  /** The database as it is open now. */
  database(): Database<Tables>;
  queries(): Kysely<Tables>;
  /** Closes the database and opens it again, as a restart does. */
  openAgain(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database of a place and brings its tables up to date. */
export async function openPlace(place: DatabasePlace): Promise<OpenPlace> {
  const open = async () => {
    const opened = await place.open();
    await migrate(opened, migrations);
    return opened;
  };
  let database = await open();
  return {
    database: () => database,
    queries: () => database.queries,
    async openAgain() {
      await database.close();
      database = await open();
    },
    close: () => database.close(),
  };
}
