// What the store of root keys must do, whatever database lies under it.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { StartError } from '../../packages/services/src/platform/start-error.ts';
import { databaseRootKeyStore } from '../../packages/services/src/scoped-auth/keys/root-key-store.ts';
import { numberedRootKey } from '../topology/numbered-root-key.ts';
import { type DatabasePlace, type OpenPlace, openPlace } from './database-place.ts';

/**
 * Runs the suite over a database.
 * @param makePlace called for each test
 */
export function describeRootKeyStore(name: string, makePlace: () => DatabasePlace | Promise<DatabasePlace>): void {
  describe(`the store of root keys over ${name}`, () => {
    let place: OpenPlace;

    beforeEach(async () => {
      place = await openPlace(await makePlace());
      onTestFinished(() => place.close());
    });
    const store = () => databaseRootKeyStore(place.queries());

    it('holds none at first, and keeps them in their order', async () => {
      expect(await store().list()).toEqual([]);
      for (const ordinal of [2, 1, 10]) await store().add(numberedRootKey(ordinal));
      await place.openAgain();
      const kept = [1, 2, 10].map((ordinal) => {
        const { id, state, createdAt, wrapped } = numberedRootKey(ordinal);
        return { id, ordinal, state, createdAt, wrapped };
      });
      expect(await store().list()).toMatchObject(kept);
    });

    it('takes the first key of an ordinal, and tells nobody off', async () => {
      await Promise.all(['one', 'other', 'third'].map((id) => store().add({ ...numberedRootKey(1), id })));
      expect(await store().list()).toHaveLength(1);
    });

    it('stops the start for a state that this version does not know', async () => {
      await store().add(numberedRootKey(1));
      await place.queries().updateTable('root_keys').set({ state: 'withdrawn' }).execute();
      await expect(store().list()).rejects.toThrow(StartError);
    });
  });
}
