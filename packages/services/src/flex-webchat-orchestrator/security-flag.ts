// The feature flag "Webchat Security", read through OpenFeature, so that an operator's own flag service can decide. The
// built-in provider says what the configuration says.

import type { PublicConfiguration } from '@gangway/contracts/flex-configuration';
import { type Client, OpenFeature, type Provider, ProviderEvents, type ResolutionDetails } from '@openfeature/server-sdk';
import type { Awaitable } from '../platform/awaitable.ts';
import type { Clock } from '../platform/clock.ts';

/** The key of the flag. */
export const securityFlagKey = 'webchat-security';

/** Whether Webchat Security is on for a deployment. */
export type SecurityFlag = (configuration: PublicConfiguration) => Awaitable<boolean>;

interface Decision {
  isOn: Awaitable<boolean>;
  readonly until: number;
}

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

/** How long a decision holds before the provider is asked again (milliseconds). */
const decisionLifeMs = 1000;

/**
 * Makes the flag. A decision holds for a second, so that a flag service is asked once a second and deployment, not for
 * every visitor; a changed configuration, and a change that the provider announces, count at once. When a flag service
 * fails, the configuration's own value holds.
 * @param provider the operator's flag service, else the built-in provider
 */
export async function createSecurityFlag(clock: Clock, provider: Provider = configurationProvider): Promise<SecurityFlag> {
  // A domain of its own keeps two nodes in one process apart.
  const domain = `gangway-${crypto.randomUUID()}`;
  // A flag service that is away when the node starts may come later; OpenFeature says in its own log that it failed.
  await OpenFeature.setProviderAndWait(domain, provider).catch(() => {});
  const client: Client = OpenFeature.getClient(domain);
  let decisions = new WeakMap<PublicConfiguration, Decision>();
  client.addHandler(ProviderEvents.ConfigurationChanged, () => {
    decisions = new WeakMap();
  });

  return (configuration) => {
    const now = clock.now();
    const kept = decisions.get(configuration);
    if (kept !== undefined && now < kept.until) return kept.isOn;
    const { accountSid, deploymentSid, webchatSecurityEnabled } = configuration;
    const context = { targetingKey: deploymentSid, accountSid, deploymentSid, webchatSecurityEnabled };
    // OpenFeature hands on whatever a provider answers, even what is no boolean.
    const isOn = client
      .getBooleanValue(securityFlagKey, webchatSecurityEnabled, context)
      .then((value: unknown) => (typeof value === 'boolean' ? value : webchatSecurityEnabled));
    const decision: Decision = { isOn, until: now + decisionLifeMs };
    decisions.set(configuration, decision);
    return isOn.then((value) => {
      decision.isOn = value;
      return value;
    });
  };
}
