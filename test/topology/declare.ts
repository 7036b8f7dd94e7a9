// A declaration for a test that needs deployments of its own: one for each name, so that what is tried on one leaves the
// others alone.

import type { DeclaredConfiguration, DeclaredDeployment } from '@gangway/contracts/declared-configuration';

/** A deployment's settings, without the keys that it is given here. */
export type DeploymentSettings = Omit<DeclaredDeployment, 'deploymentKeys' | 'sid'>;

/** A declaration, and what its deployments are called. */
export interface Declaration<Name extends string> {
  readonly declaration: DeclaredConfiguration;
  readonly accountSid: string;
  readonly keys: Readonly<Record<Name, string>>;
  readonly deploymentSids: Readonly<Record<Name, string>>;
}

const sid = (prefix: string, number: number) => `${prefix}${number.toString(16).padStart(32, '0')}`;
/** Far above what tests need. */
const limits = { createPerMinutePerAddress: 1_000_000, refreshPerMinutePerSession: 1_000_000 };

/** Declares one account with these deployments. The same names give the same keys and sids, whatever the settings are. */
export function declare<Name extends string>(deployments: Readonly<Record<Name, DeploymentSettings>>): Declaration<Name> {
  const named = Object.entries(deployments) as [Name, DeploymentSettings][];
  const accountSid = sid('AC', 1);
  const numbered = (prefix: string) =>
    Object.fromEntries(named.map(([name], index) => [name, sid(prefix, index + 1)])) as Record<Name, string>;
  const [keys, deploymentSids] = [numbered('CV'), numbered('DP')];
  const declared = named.map(([name, settings]) => ({
    sid: deploymentSids[name],
    deploymentKeys: [keys[name]],
    limits,
    ...settings,
  }));
  return { declaration: { accounts: [{ sid: accountSid, deployments: declared }] }, accountSid, keys, deploymentSids };
}
