// How root keys go through their life in a store, whatever database lies under it. Several nodes change them at once, so
// every step compares with what is stored.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { StartError } from '../../packages/services/src/platform/start-error.ts';
import type { RootKeyStore, WrappedRootKey } from '../../packages/services/src/scoped-auth/keys/root-key.ts';
import { databaseRootKeyStore } from '../../packages/services/src/scoped-auth/keys/root-key-store.ts';
import { type DatabasePlace, type OpenPlace, openPlace } from './database-place.ts';

const made = '2030-01-01T00:00:00.000Z';
const later = '2030-01-02T00:00:00.000Z';
const latest = '2030-01-03T00:00:00.000Z';

const rootKey = (ordinal: number, rest: Partial<WrappedRootKey> = {}): WrappedRootKey => ({
  id: `root${ordinal}`,
  use: 'enc',
  ordinal,
  state: 'published',
  createdAt: made,
  stateSince: made,
  wantedAt: null,
  uses: 0,
  wrapped: `wrapped ${ordinal}`,
  reason: null,
  ...rest,
});

/**
 * Runs the suite over a database.
 * @param makePlace called for each test
 */
export function describeRootKeyLife(name: string, makePlace: () => DatabasePlace | Promise<DatabasePlace>): void {
  describe(`the life of root keys over ${name}`, () => {
    let place: OpenPlace;
    let store: RootKeyStore;

    beforeEach(async () => {
      place = await openPlace(await makePlace());
      store = databaseRootKeyStore(place.queries());
      onTestFinished(() => place.close());
    });
    const openAgain = async () => {
      await place.openAgain();
      store = databaseRootKeyStore(place.queries());
    };

    it('they are kept whole and in their order', async () => {
      const keys = [rootKey(1), rootKey(2, { use: 'sig', state: 'active', wantedAt: later }), rootKey(10)];
      for (const key of [...keys].reverse()) await store.add(key);
      await openAgain();
      expect(await store.list()).toEqual(keys);
    });

    it('moves a key on for one of those who ask at once, and only from the state that they saw', async () => {
      await store.add(rootKey(1));
      const moved = await Promise.all([1, 2, 3].map(() => store.move('root1', 'published', 'active', later)));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await store.move('root1', 'published', 'retiring', latest)).toBe(false);
      expect(await store.move('missing', 'published', 'active', latest)).toBe(false);
      expect(await store.list()).toEqual([rootKey(1, { state: 'active', stateSince: later })]);
    });

    it('deletes the material of a key that retires, and remembers the key', async () => {
      await store.add(rootKey(1, { state: 'retiring' }));
      expect(await store.move('root1', 'retiring', 'retired', later)).toBe(true);
      await openAgain();
      expect(await store.list()).toEqual([]);
      expect(await store.history()).toEqual([rootKey(1, { state: 'retired', stateSince: later, wrapped: '' })]);
    });

    it('notes the first wish to activate a published key, and no other', async () => {
      await store.add(rootKey(1));
      await store.add(rootKey(2, { state: 'active' }));
      expect([await store.want('root1', later), await store.want('root1', latest)]).toEqual([true, true]);
      expect(await store.want('root2', later)).toBe(false);
      expect((await store.list()).map(({ wantedAt }) => wantedAt)).toEqual([later, null]);
    });

    it.each(['published', 'active', 'retiring'] as const)('kills a %s key and deletes its material, once', async (state) => {
      await store.add(rootKey(1, { state }));
      expect(await store.kill('root1', later, 'a laptop was lost')).toBe(true);
      expect(await store.kill('root1', latest, 'again')).toBe(false);
      await openAgain();
      const killed = { state: 'killed', stateSince: later, wrapped: '', reason: 'a laptop was lost' } as const;
      expect(await store.list()).toEqual([rootKey(1, killed)]);
    });

    it('replaces a wrapped form only where it is still the one that was read', async () => {
      await store.add(rootKey(1));
      expect(await store.rewrap('root1', 'wrapped by nobody', 'new')).toBe(false);
      expect(await store.rewrap('root1', 'wrapped 1', 'new')).toBe(true);
      expect((await store.list())[0]?.wrapped).toBe('new');
    });

    it('adds up the uses that nodes tell at once, beyond what fits into 32 bits', async () => {
      await store.add(rootKey(1));
      await Promise.all([1, 2, 3].map(() => store.addUses('root1', 2 ** 31)));
      expect((await store.list())[0]?.uses).toBe(3 * 2 ** 31);
    });

    it('keeps killed subkeys in order, each once, until they are forgotten', async () => {
      const killed = (keyId: string) => ({ keyId, killedAt: made, reason: 'leaked' });
      expect(await store.killKeyId(killed('root1.b'))).toBe(true);
      expect(await store.killKeyId(killed('root1.a'))).toBe(true);
      expect(await store.killKeyId({ ...killed('root1.a'), reason: 'again' })).toBe(false);
      await openAgain();
      expect(await store.killedKeyIds()).toEqual([killed('root1.a'), killed('root1.b')]);
      await store.forgetKeyId('root1.a');
      expect(await store.killedKeyIds()).toEqual([killed('root1.b')]);
    });

    it.each([{ state: 'withdrawn' }, { use: 'wrap' }])(
      'stops the start for what this version does not know: %j',
      async (future) => {
        await store.add(rootKey(1));
        await place.queries().updateTable('root_keys').set(future).execute();
        await expect(store.list()).rejects.toThrow(StartError);
      },
    );
  });
}
