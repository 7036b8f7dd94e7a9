// The feature flag "Webchat Security", read through OpenFeature, so that an operator's own flag service can decide. The
// built-in provider says what the configuration says.

import type { PublicConfiguration } from '@gangway/contracts/flex-configuration';
import { type Client, OpenFeature, type Provider, type ResolutionDetails } from '@openfeature/server-sdk';

/** The key of the flag. */
export const securityFlagKey = 'webchat-security';

/** Whether Webchat Security is on for a deployment. */
export type SecurityFlag = (configuration: PublicConfiguration) => Promise<boolean>;

/** Reads `webchatSecurityEnabled` out of the evaluation context. */
const configurationProvider: Provider = {
  metadata: { name: 'gangway-configuration' },
  runsOn: 'server',
  resolveBooleanEvaluation: async (_key, defaultValue, { webchatSecurityEnabled }): Promise<ResolutionDetails<boolean>> => ({
    value: typeof webchatSecurityEnabled === 'boolean' ? webchatSecurityEnabled : defaultValue,
  }),
  resolveStringEvaluation: async (_key, value) => ({ value }),
  resolveNumberEvaluation: async (_key, value) => ({ value }),
  resolveObjectEvaluation: async (_key, value) => ({ value }),
};

/**
 * Makes the flag. When a flag service fails, the configuration's own value holds.
 * @param provider the operator's flag service, else the built-in provider
 */
export async function createSecurityFlag(provider: Provider = configurationProvider): Promise<SecurityFlag> {
  // A domain of its own keeps two nodes in one process apart.
  const domain = `gangway-${crypto.randomUUID()}`;
  await OpenFeature.setProviderAndWait(domain, provider);
  const client: Client = OpenFeature.getClient(domain);
  return ({ accountSid, deploymentSid, webchatSecurityEnabled }) =>
    client.getBooleanValue(securityFlagKey, webchatSecurityEnabled, {
      targetingKey: deploymentSid,
      accountSid,
      deploymentSid,
      webchatSecurityEnabled,
    });
}
