// How tables come to be, whatever database they are in.

import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../packages/services/src/platform/database.ts';
import { StartError } from '../../packages/services/src/platform/start-error.ts';
import { type DatabasePlace, migrations, openPlace } from './database-place.ts';

/**
 * Runs the suite over a database.
 * @param makePlace called for each test
 */
export function describeMigrations(name: string, makePlace: () => DatabasePlace | Promise<DatabasePlace>): void {
  describe(`migrations over ${name}`, () => {
    const open = async () => {
      const place = await openPlace(await makePlace());
      onTestFinished(() => place.close());
      return place;
    };

    it('run once, however often they are asked for', async () => {
      const place = await open();
      await place.queries().insertInto('accounts').values({ sid: 'AC1', settings: '{}' }).execute();
      await migrate(place.database(), migrations);
      await place.openAgain();
      expect(await place.queries().selectFrom('accounts').select('sid').execute()).toHaveLength(1);
    });

    it('of a newer version stop the start', async () => {
      const place = await open();
      await sql`insert into kysely_migration (name, timestamp) values ('999_of_the_future', '2040')`.execute(place.queries());
      await expect(migrate(place.database(), migrations)).rejects.toThrow(/written by another version/);
    });

    it('that fail leave nothing behind, and stop the start', async () => {
      const place = await open();
      const failing = {
        ...migrations,
        '900_fails': {
          async up(database: Parameters<(typeof migrations)[string]['up']>[0]) {
            await database.schema.createTable('half').addColumn('id', 'text').execute();
            throw new Error('the second half is missing');
          },
        },
      };
      await expect(migrate(place.database(), failing)).rejects.toThrow(StartError);
      const tables = await place.queries().introspection.getTables();
      expect(tables.map((table) => table.name)).not.toContain('half');
      await migrate(place.database(), migrations);
    });
  });
}
