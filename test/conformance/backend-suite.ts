// What the store of backends must do, whatever database lies under it.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { databaseBackendStore } from '../../packages/services/src/scoped-auth/backends/backend-store.ts';
import { type DatabasePlace, type OpenPlace, openPlace } from './database-place.ts';

const backend = (id: string, createdAtMs: number) => ({
  ...{ id, name: `backend ${id}`, accounts: ['AC1', 'AC2'], hash: `hash of ${id}`, formerHash: '', createdAtMs },
  ...{ formerUntilMs: null, rotatedAtMs: null, revokedAtMs: null },
});

/**
 * Runs the suite over a database.
 * @param makePlace called for each test
 */
export function describeBackendStore(name: string, makePlace: () => DatabasePlace | Promise<DatabasePlace>): void {
  describe(`the store of backends over ${name}`, () => {
    let place: OpenPlace;

    beforeEach(async () => {
      place = await openPlace(await makePlace());
      onTestFinished(() => place.close());
    });
    const store = () => databaseBackendStore(place.queries());

    it('holds none at first, and keeps them as they were given, the oldest first', async () => {
      expect(await store().list()).toEqual([]);
      const [older, newer] = [backend('b', 1_893_456_000_000), backend('a', 1_893_456_000_001)];
      for (const each of [newer, older]) await store().add(each);
      await place.openAgain();
      expect(await store().list()).toEqual([older, newer]);
    });

    it('takes an id once', async () => {
      await store().add(backend('a', 1));
      await expect(store().add({ ...backend('a', 2), hash: 'other' })).rejects.toThrow();
      expect(await store().list()).toEqual([backend('a', 1)]);
    });

    it('rotates one that lives, and keeps the hash before', async () => {
      for (const id of ['a', 'b']) await store().add(backend(id, 1));
      expect(await store().rotate('a', 'second', 5, 9)).toBe(true);
      const rotated = { ...backend('a', 1), hash: 'second', formerHash: 'hash of a', rotatedAtMs: 5, formerUntilMs: 9 };
      expect(await store().list()).toEqual([rotated, backend('b', 1)]);
      expect(await store().rotate('none', 'second', 5, 9)).toBe(false);
    });

    it('revokes one once and for good, and forgets its hashes', async () => {
      for (const id of ['a', 'b']) await store().add(backend(id, 1));
      await store().rotate('a', 'second', 5, 9);
      expect(await store().revoke('a', 7)).toBe(true);
      expect([await store().revoke('a', 8), await store().rotate('a', 'third', 8, 9)]).toEqual([false, false]);
      const revoked = { ...backend('a', 1), hash: '', rotatedAtMs: 5, revokedAtMs: 7 };
      expect(await store().list()).toEqual([revoked, backend('b', 1)]);
    });
  });
}
