// The orchestrator's own snapshot of deployment key -> account and configuration, so that no request waits for Flex
// Configuration. It follows the feed; while the feed is away it serves what it last heard.

import type { CallContext, Interface } from '@gangway/contracts/contract';
import type { flexConfiguration, Lives, PublicConfiguration } from '@gangway/contracts/flex-configuration';
import { compileOriginPolicy, type OriginPolicy } from '@gangway/contracts/origins';
import { Refusal } from '@gangway/contracts/refusals';
import type { Awaitable } from '../platform/awaitable.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { shownFields } from '../platform/trace.ts';

/** A deployment with everything that a request needs of it, computed when it came, not when it is asked for. */
export interface Deployment {
  readonly configuration: PublicConfiguration;
  readonly lives: Lives;
  readonly covers: OriginPolicy;
  /** `*`, or the allowed origins separated by commas, as drawn. */
  readonly accessControlAllowOrigin: string;
}

/** The snapshot. */
export interface DeploymentSnapshot {
  /**
   * The active deployment that has this key, or undefined.
   * @throws Refusal `upstream_unavailable` where the key is not in the snapshot and Flex Configuration cannot be asked
   */
  find(deploymentKey: string, context: CallContext): Awaitable<Deployment | undefined>;
  /** Hears once what changed. Never fails: the next time may go better. */
  follow(): Promise<void>;
}

/** A snapshot that heard of the feed this recently knows every key. */
const currentForMs = 5000;

/** Makes an empty snapshot; `follow` fills it. */
export function createDeploymentSnapshot(
  flexConfigurationService: Interface<typeof flexConfiguration>,
  clock: Clock,
  log: Log,
): DeploymentSnapshot {
  const bySid = new Map<string, Deployment>();
  const byKey = new Map<string, Deployment>();
  let cursor: string | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let away = false;

  const remove = (deploymentSid: string) => {
    const before = bySid.get(deploymentSid);
    bySid.delete(deploymentSid);
    for (const key of before?.configuration.deploymentKeys ?? []) if (byKey.get(key) === before) byKey.delete(key);
  };
  const put = (configuration: PublicConfiguration): Deployment => {
    remove(configuration.deploymentSid);
    const deployment = prepare(configuration);
    bySid.set(configuration.deploymentSid, deployment);
    for (const key of configuration.deploymentKeys) byKey.set(key, deployment);
    return deployment;
  };

  return {
    find(deploymentKey, context) {
      const found = byKey.get(deploymentKey);
      if (found === undefined && clock.now() - heardAt > currentForMs) return ask(deploymentKey, context);
      noteRead(context, found);
      return found;
    },

    async follow() {
      try {
        const feed = await flexConfigurationService.deployments({ after: cursor }, { requestId: 'feed' });
        if (feed.complete) {
          bySid.clear();
          byKey.clear();
        }
        for (const deploymentSid of feed.removed) remove(deploymentSid);
        for (const configuration of feed.changed) put(configuration);
        if (away || (cursor !== undefined && feed.changed.length + feed.removed.length > 0)) {
          log.info({ deployments: bySid.size }, 'the configuration is current');
        }
        away = false;
        cursor = feed.cursor;
        heardAt = clock.now();
      } catch (error) {
        // Said once, not with every try.
        if (!away)
          log.warn({ reason: error instanceof Refusal ? error.detail : String(error) }, 'Flex Configuration cannot be heard');
        away = true;
      }
    },
  };

  async function ask(deploymentKey: string, context: CallContext): Promise<Deployment | undefined> {
    try {
      const configuration = await flexConfigurationService.publicConfiguration({ DeploymentKey: deploymentKey }, context);
      return 'deploymentSid' in configuration ? put(configuration) : undefined;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'deployment_not_found') return undefined;
      throw error;
    }
  }
}

function prepare(configuration: PublicConfiguration): Deployment {
  const { allowedOrigins, tokenTtlSeconds, sessionIdleSeconds, sessionMaxSeconds } = configuration;
  return {
    configuration,
    lives: { tokenTtlSeconds, sessionIdleSeconds, sessionMaxSeconds },
    covers: compileOriginPolicy(allowedOrigins),
    accessControlAllowOrigin: allowedOrigins.length === 0 ? '*' : allowedOrigins.join(', '),
  };
}

/** A read from the snapshot counts as the message that the diagram draws. */
function noteRead(context: CallContext, found: Deployment | undefined): void {
  if (context.trace === undefined) return;
  const [from, to] = ['flex-webchat-orchestrator', 'flex-configuration'] as const;
  context.trace.push({ from, to, kind: 'request', label: 'GET /v1/Configuration/Public', fields: { DeploymentKey: '…' } });
  const fields = found === undefined ? { code: 'deployment_not_found' } : shownFields(found.configuration);
  context.trace.push({ from: to, to: from, kind: 'answer', label: '', fields });
}
