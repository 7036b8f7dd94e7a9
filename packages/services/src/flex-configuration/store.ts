// The store of Flex Configuration: declared accounts and deployments in, changes since a revision out.

import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import type { Kysely } from 'kysely';
import { type AccountSettings, type DeploymentRecord, parseDeployment } from './deployment-record.ts';
import { deploymentSidOf } from './deployment-sid.ts';
import type { FlexConfigurationTables } from './tables.ts';

/** Where accounts and deployments are kept. */
export interface FlexConfigurationStore {
  /**
   * Makes the store equal to the declaration, in one transaction: what is new is added, what changed is changed, what
   * is no longer declared is no longer active. Writes nothing where nothing changed.
   * @returns how many deployments changed
   */
  apply(declared: DeclaredConfiguration): Promise<number>;
  /** The account's settings, or undefined. */
  account(sid: string): Promise<AccountSettings | undefined>;
  /** The deployment that has this key, active or not, or undefined. */
  deploymentByKey(key: string): Promise<DeploymentRecord | undefined>;
  /** The deployments that changed after a revision, oldest first. */
  changedAfter(revision: number): Promise<readonly DeploymentRecord[]>;
  /** Which store this is, and how many changes it has seen. */
  feed(): Promise<{ readonly id: string; readonly revision: number }>;
}

/** Makes the store over a database that has Flex Configuration's tables. */
export function createFlexConfigurationStore(queries: Kysely<FlexConfigurationTables>): FlexConfigurationStore {
  const records = () =>
    queries
      .selectFrom('deployments')
      .innerJoin('accounts', 'accounts.sid', 'deployments.account_sid')
      .select([
        'deployments.sid',
        'deployments.account_sid',
        'deployments.settings',
        'deployments.active',
        'deployments.revision',
      ])
      .select('accounts.settings as account_settings');

  return {
    apply: (declared) => queries.transaction().execute((transaction) => apply(transaction, declared)),

    async account(sid) {
      const row = await queries.selectFrom('accounts').select('settings').where('sid', '=', sid).executeTakeFirst();
      return row === undefined ? undefined : (JSON.parse(row.settings) as AccountSettings);
    },

    async deploymentByKey(key) {
      const row = await records()
        .innerJoin('deployment_keys', 'deployment_keys.deployment_sid', 'deployments.sid')
        .where('deployment_keys.deployment_key', '=', key)
        .executeTakeFirst();
      return row === undefined ? undefined : parseDeployment(row);
    },

    async changedAfter(revision) {
      const rows = await records().where('deployments.revision', '>', revision).orderBy('deployments.revision').execute();
      return rows.map(parseDeployment);
    },

    async feed() {
      const { id, revision } = await queries.selectFrom('feed').selectAll().executeTakeFirstOrThrow();
      return { id, revision: Number(revision) };
    },
  };
}

async function apply(queries: Kysely<FlexConfigurationTables>, declared: DeclaredConfiguration): Promise<number> {
  const known = new Map(
    (await queries.selectFrom('deployments').select(['sid', 'account_sid', 'settings', 'active']).execute()).map((row) => [
      row.sid,
      row,
    ]),
  );
  const accounts = new Map((await queries.selectFrom('accounts').selectAll().execute()).map((row) => [row.sid, row.settings]));
  const changed: { sid: string; account_sid: string; settings: string; active: number }[] = [];
  for (const { deployments, ...account } of declared.accounts) {
    const accountSettings = JSON.stringify(account);
    const accountChanged = accounts.get(account.sid) !== accountSettings;
    if (accountChanged) {
      await queries
        .insertInto('accounts')
        .values({ sid: account.sid, settings: accountSettings })
        .onConflict((conflict) => conflict.column('sid').doUpdateSet({ settings: accountSettings }))
        .execute();
    }
    for (const deployment of deployments) {
      const sid = deploymentSidOf(deployment);
      const row = {
        sid,
        account_sid: account.sid,
        settings: JSON.stringify(deployment),
        active: deployment.enabled === false ? 0 : 1,
      };
      const before = known.get(sid);
      known.delete(sid);
      const same = before?.settings === row.settings && before.active === row.active && before.account_sid === row.account_sid;
      if (!same || accountChanged) changed.push(row);
    }
  }
  for (const row of known.values()) if (row.active === 1) changed.push({ ...row, active: 0 });
  if (changed.length === 0) return 0;
  const { revision } = await queries
    .updateTable('feed')
    .set((update) => ({ revision: update('revision', '+', 1) }))
    .returning('revision')
    .executeTakeFirstOrThrow();
  for (const row of changed) {
    await queries
      .insertInto('deployments')
      .values({ ...row, revision: Number(revision) })
      .onConflict((conflict) => conflict.column('sid').doUpdateSet({ ...row, revision: Number(revision) }))
      .execute();
    await queries.deleteFrom('deployment_keys').where('deployment_sid', '=', row.sid).execute();
  }
  // All old keys are gone before a new one is written: a key may move from one deployment to another.
  for (const row of changed.filter(({ active }) => active === 1)) {
    const { deploymentKeys } = JSON.parse(row.settings) as { deploymentKeys: string[] };
    const keys = deploymentKeys.map((key) => ({ deployment_key: key, deployment_sid: row.sid }));
    await queries.insertInto('deployment_keys').values(keys).execute();
  }
  return changed.length;
}
