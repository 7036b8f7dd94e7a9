// What the start does to the store: a declared file is applied; where nothing is declared and nothing is stored, a demo
// account is made.

import { createDemoConfiguration } from './demo-configuration.ts';
import { readDeclaredConfiguration } from './read-declared-configuration.ts';
import type { FlexConfigurationStore } from './store.ts';

/** What whoever tries a node begins with. */
export interface OfferedDeployment {
  readonly deploymentKey: string;
  /** The account that it is of. */
  readonly accountSid: string;
}

/**
 * Applies the declared file, or makes the demo account on an empty store.
 * @returns the first active deployment, where there is one
 * @throws StartError where the file is wrong; the store is untouched then
 */
export async function applyConfiguration(
  store: FlexConfigurationStore,
  file: string | undefined,
): Promise<OfferedDeployment | undefined> {
  if (file !== undefined) await store.apply(readDeclaredConfiguration(file));
  else if ((await store.changedAfter(0)).length === 0) await store.apply(createDemoConfiguration());
  const active = (await store.changedAfter(0)).find((record) => record.active);
  const deploymentKey = active?.settings.deploymentKeys[0];
  return active === undefined || deploymentKey === undefined ? undefined : { deploymentKey, accountSid: active.accountSid };
}
