// The databases that Gangway takes, for the suites that every one of them must pass: one entry each.

import { openSqlite } from '../../packages/services/src/platform/database.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import type { DatabasePlace } from './database-place.ts';

/** Makes an empty place, by the name of the database. */
export const databases: Readonly<Record<string, () => DatabasePlace | Promise<DatabasePlace>>> = {
  SQLite: () => {
    const folder = temporaryFolder();
    return { open: () => openSqlite(folder) };
  },
};
