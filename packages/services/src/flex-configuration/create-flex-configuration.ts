// Flex Configuration (FC): answers what a deployment is configured to, and feeds the orchestrators' snapshots.

import type { Interface } from '@gangway/contracts/contract';
import type { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { Refusal } from '@gangway/contracts/refusals';
import { accountDefaults, publicConfiguration } from './deployment-record.ts';
import type { FlexConfigurationStore } from './store.ts';

/** The interface of Flex Configuration. */
export type FlexConfiguration = Interface<typeof flexConfiguration>;

/** Makes Flex Configuration over its store. */
export function createFlexConfiguration({ store }: { readonly store: FlexConfigurationStore }): FlexConfiguration {
  return {
    async publicConfiguration({ AccountSid, DeploymentKey }) {
      if (DeploymentKey !== undefined) {
        const record = await store.deploymentByKey(DeploymentKey);
        const known = record?.active === true && (AccountSid === undefined || AccountSid === record.accountSid);
        if (!known) throw new Refusal('deployment_not_found');
        return publicConfiguration(record);
      }
      if (AccountSid === undefined) {
        throw new Refusal('invalid_request', { message: 'Give AccountSid, DeploymentKey or both.' });
      }
      const account = await store.account(AccountSid);
      if (account === undefined) throw new Refusal('not_found', { message: 'There is no such account.' });
      return accountDefaults(account);
    },

    async deployments({ after }) {
      const { id, revision } = await store.feed();
      const [feedId, seen = '0'] = after?.split('.') ?? [];
      // A cursor of another store (a folder made anew, a restored backup) says nothing about this one: begin again.
      const complete = feedId !== id || !/^\d{1,15}$/.test(seen) || Number(seen) > revision;
      if (!complete && Number(seen) === revision) return { cursor: `${id}.${revision}`, complete, changed: [], removed: [] };
      const records = await store.changedAfter(complete ? 0 : Number(seen));
      const last = records.at(-1)?.revision ?? revision;
      return {
        cursor: `${id}.${last}`,
        complete,
        changed: records.filter(({ active }) => active).map(publicConfiguration),
        removed: records.filter(({ active }) => !active).map(({ sid }) => sid),
      };
    },
  };
}
