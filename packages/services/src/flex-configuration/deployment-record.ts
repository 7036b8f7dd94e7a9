// A deployment out of the store, and the configuration it comes to: its own settings, else its account's, else the defaults.

import type { DeclaredConfiguration, DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { PublicConfiguration } from '@gangway/contracts/flex-configuration';
import { Type } from 'typebox';
import { Create } from 'typebox/value';

/** An account as declared, without its deployments. */
export type AccountSettings = Omit<DeclaredConfiguration['accounts'][number], 'deployments'>;

/** A deployment as it is stored. */
export interface DeploymentRecord {
  readonly sid: string;
  readonly accountSid: string;
  readonly account: AccountSettings;
  readonly settings: DeclaredDeployment;
  readonly active: boolean;
  readonly revision: number;
}

interface DeploymentRow {
  readonly sid: string;
  readonly account_sid: string;
  readonly settings: string;
  readonly account_settings: string;
  readonly active: number;
  readonly revision: number | string;
}

/** Reads a stored row. */
export function parseDeployment(row: DeploymentRow): DeploymentRecord {
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    account: JSON.parse(row.account_settings) as AccountSettings,
    settings: JSON.parse(row.settings) as DeclaredDeployment,
    active: Number(row.active) === 1,
    revision: Number(row.revision),
  };
}

/** The defaults that the schema itself declares. */
const schemaDefaults = Create(
  Type.Pick(PublicConfiguration, [
    'fingerprintSensitivity',
    'proofOfPossession',
    'reportOnly',
    'encrypt',
    'tokenTtlSeconds',
    'sessionIdleSeconds',
    'sessionMaxSeconds',
    'limits',
  ]),
);

/** What an account's deployments start from. Deny by default: security is on where nobody said otherwise. */
export function accountDefaults(account: AccountSettings): Omit<PublicConfiguration, 'deploymentSid'> {
  return {
    ...schemaDefaults,
    accountSid: account.sid,
    deploymentKeys: [],
    addressSid: null,
    allowedOrigins: [],
    webchatSecurityEnabled: account.webchatSecurityEnabled ?? true,
    grants: [{ grant: 'chat' }],
  };
}

/** The configuration that a deployment comes to. Nothing is left to inherit. */
export function publicConfiguration(record: DeploymentRecord): PublicConfiguration {
  const defaults = accountDefaults(record.account);
  const { sid: _sid, friendlyName: _friendlyName, enabled: _enabled, limits, ...own } = record.settings;
  return { ...defaults, ...own, deploymentSid: record.sid, limits: { ...defaults.limits, ...limits } };
}
