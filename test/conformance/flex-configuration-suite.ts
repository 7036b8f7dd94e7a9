// What the store of accounts, deployments, keys and their feed must do, whatever database lies under it.

import type { DeclaredConfiguration, DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  createFlexConfigurationStore,
  type FlexConfigurationStore,
} from '../../packages/services/src/flex-configuration/store.ts';
import { type DatabasePlace, type OpenPlace, openPlace } from './database-place.ts';

const grants = [{ grant: 'chat', queue: { name: 'sales' } }];
const sid = (prefix: string, digit: string) => `${prefix}${digit.repeat(32)}`;
const [accountA, accountB] = [sid('AC', 'a'), sid('AC', 'b')];
const [key1, key2, key3] = [sid('CV', '1'), sid('CV', '2'), sid('CV', '3')];
const [first, second] = [sid('DP', '1'), sid('DP', '2')];

const deployment = (of: string, keys: string[], rest: Partial<DeclaredDeployment> = {}): DeclaredDeployment => ({
  sid: of,
  deploymentKeys: keys,
  ...rest,
});
const declare = (...deployments: DeclaredDeployment[]): DeclaredConfiguration => ({ accounts: [{ sid: accountA, deployments }] });

/**
 * Runs the suite over a database.
 * @param makePlace called for each test
 */
export function describeFlexConfigurationStore(name: string, makePlace: () => DatabasePlace | Promise<DatabasePlace>): void {
  describe(`the store of Flex Configuration over ${name}`, () => {
    let place: OpenPlace;
    let store: FlexConfigurationStore;

    beforeEach(async () => {
      place = await openPlace(await makePlace());
      store = createFlexConfigurationStore(place.queries());
      onTestFinished(() => place.close());
    });
    const openAgain = async () => {
      await place.openAgain();
      store = createFlexConfigurationStore(place.queries());
    };

    /** The deployments by sid, with what a reader of the feed goes by. */
    const deployments = async () =>
      Object.fromEntries((await store.changedAfter(0)).map(({ sid: of, active, revision }) => [of, { active, revision }]));

    describe('accounts', () => {
      it('that were never declared are unknown', async () => {
        expect(await store.account(accountA)).toBeUndefined();
      });

      it('are kept as declared, with every character', async () => {
        const friendlyName = 'Bücher & 自転車 🦉 \'"; drop table accounts --';
        await store.apply({ accounts: [{ sid: accountA, friendlyName, webchatSecurityEnabled: false, deployments: [] }] });
        await openAgain();
        expect(await store.account(accountA)).toEqual({ sid: accountA, friendlyName, webchatSecurityEnabled: false });
      });

      it('that change give all their deployments anew, since those inherit from them', async () => {
        const other = { sid: accountB, deployments: [deployment(second, [key2])] };
        await store.apply({ accounts: [{ sid: accountA, deployments: [deployment(first, [key1])] }, other] });
        const changed = { sid: accountA, webchatSecurityEnabled: false, deployments: [deployment(first, [key1])] };
        expect(await store.apply({ accounts: [changed, other] })).toBe(1);
        expect((await store.changedAfter(1)).map((record) => [record.sid, record.account])).toEqual([
          [first, { sid: accountA, webchatSecurityEnabled: false }],
        ]);
      });
    });

    describe('deployments', () => {
      it('are kept as declared', async () => {
        const declared = deployment(first, [key1, key2], {
          allowedOrigins: Array.from({ length: 10_000 }, (_, index) => `https://shop-${index}.example`),
          grants,
        });
        expect(await store.apply(declare(declared))).toBe(1);
        await openAgain();
        const [record] = await store.changedAfter(0);
        expect(record).toEqual({
          sid: first,
          accountSid: accountA,
          account: { sid: accountA },
          settings: declared,
          active: true,
          revision: 1,
        });
      });

      it('declared again as they are change nothing', async () => {
        const declaration = declare(deployment(first, [key1]), deployment(second, [key2]));
        expect(await store.apply(declaration)).toBe(2);
        const before = [await deployments(), await store.feed()];
        expect(await store.apply(declaration)).toBe(0);
        await openAgain();
        expect(await store.apply(declaration)).toBe(0);
        expect([await deployments(), await store.feed()]).toEqual(before);
      });

      it('that changed are newer than those that did not', async () => {
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2])));
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2], { friendlyName: 'www' })));
        expect(await deployments()).toEqual({ [first]: { active: true, revision: 1 }, [second]: { active: true, revision: 2 } });
        expect((await store.changedAfter(1)).map((record) => record.sid)).toEqual([second]);
        expect(await store.changedAfter(2)).toEqual([]);
      });

      it('that are disabled or no longer declared are not active, and come back under the same sid', async () => {
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2])));
        await store.apply(declare(deployment(first, [key1], { enabled: false })));
        expect(await deployments()).toEqual({
          [first]: { active: false, revision: 2 },
          [second]: { active: false, revision: 2 },
        });
        expect(await store.apply({ accounts: [] })).toBe(0);
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2])));
        expect(await deployments()).toEqual({ [first]: { active: true, revision: 3 }, [second]: { active: true, revision: 3 } });
      });

      it('can move to another account', async () => {
        await store.apply(declare(deployment(first, [key1])));
        const moved = { sid: accountB, deployments: [deployment(first, [key1])] };
        await store.apply({ accounts: [{ sid: accountA, deployments: [] }, moved] });
        expect(await store.deploymentByKey(key1)).toMatchObject({ sid: first, accountSid: accountB, active: true });
      });
    });

    describe('deployment keys', () => {
      it('find their deployment, each of them, and unknown ones none', async () => {
        await store.apply(declare(deployment(first, [key1, key2])));
        expect((await store.deploymentByKey(key1))?.sid).toBe(first);
        expect((await store.deploymentByKey(key2))?.sid).toBe(first);
        expect(await store.deploymentByKey(key3)).toBeUndefined();
      });

      it('can be rotated: the new one counts, the old one no longer', async () => {
        await store.apply(declare(deployment(first, [key1])));
        await store.apply(declare(deployment(first, [key2])));
        expect((await store.deploymentByKey(key2))?.sid).toBe(first);
        expect(await store.deploymentByKey(key1)).toBeUndefined();
      });

      it('can change places in one declaration', async () => {
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2])));
        await store.apply(declare(deployment(first, [key2]), deployment(second, [key1])));
        expect((await store.deploymentByKey(key1))?.sid).toBe(second);
        expect((await store.deploymentByKey(key2))?.sid).toBe(first);
      });

      it('of a deployment that is gone can be given to another', async () => {
        await store.apply(declare(deployment(first, [key1])));
        await store.apply(declare(deployment(second, [key1])));
        expect(await store.deploymentByKey(key1)).toMatchObject({ sid: second, active: true });
      });

      it('of a deployment that is not active lead to no active one', async () => {
        await store.apply(declare(deployment(first, [key1]), deployment(second, [key2])));
        await store.apply(declare(deployment(first, [key1], { enabled: false })));
        for (const key of [key1, key2]) expect((await store.deploymentByKey(key))?.active ?? false).toBe(false);
      });
    });

    describe('a declaration', () => {
      it('that cannot be kept whole is not kept at all', async () => {
        await store.apply(declare(deployment(first, [key1])));
        const before = [await deployments(), await store.feed()];
        const twice = declare(deployment(first, [key2], { friendlyName: 'new' }), deployment(second, [key2]));
        await expect(store.apply(twice)).rejects.toThrow();
        expect([await deployments(), await store.feed()]).toEqual(before);
        expect((await store.deploymentByKey(key1))?.settings).toEqual(deployment(first, [key1]));
      });

      it('that comes while another is kept waits for it', async () => {
        const one = declare(deployment(first, [key1]), deployment(second, [key2]));
        const other = declare(deployment(first, [key2]), deployment(second, [key1]));
        await Promise.all([store.apply(one), store.apply(other)]);
        expect((await store.feed()).revision).toBe(2);
        const [holder, otherHolder] = [await store.deploymentByKey(key1), await store.deploymentByKey(key2)];
        expect([holder?.sid, otherHolder?.sid].sort()).toEqual([first, second]);
        expect(holder?.settings.deploymentKeys).toEqual([key1]);
      });
    });

    describe('the feed', () => {
      it('begins at nothing, counts each declaration that changed something, and says where it comes from', async () => {
        const { id, revision } = await store.feed();
        expect(revision).toBe(0);
        expect(id).toMatch(/^[0-9a-f-]{36}$/);
        await store.apply(declare(deployment(first, [key1])));
        await store.apply(declare(deployment(first, [key2])));
        await openAgain();
        expect(await store.feed()).toEqual({ id, revision: 2 });
      });

      it('of another database is another feed', async () => {
        const elsewhere = await openPlace(await makePlace());
        onTestFinished(() => elsewhere.close());
        expect((await createFlexConfigurationStore(elsewhere.queries()).feed()).id).not.toBe((await store.feed()).id);
      });
    });
  });
}
