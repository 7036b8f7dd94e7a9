// The only file that knows all participants. It makes those that run in this process, the last of the diagram first, for
// each needs those behind it.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Message } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Provider } from '@openfeature/server-sdk';
import type { FastifyInstance } from 'fastify';
import { createFederatedAuth } from './federated-auth/create-federated-auth.ts';
import { applyConfiguration } from './flex-configuration/apply-configuration.ts';
import { createFlexConfiguration } from './flex-configuration/create-flex-configuration.ts';
import { createFlexConfigurationStore } from './flex-configuration/store.ts';
import { type FlexConfigurationTables, flexConfigurationMigrations } from './flex-configuration/tables.ts';
import { createOrchestrator } from './flex-webchat-orchestrator/create-orchestrator.ts';
import { createDeploymentSnapshot } from './flex-webchat-orchestrator/deployment-snapshot.ts';
import { createSecurityFlag } from './flex-webchat-orchestrator/security-flag.ts';
import { type Database, migrate } from './platform/database.ts';
import { createLimit } from './platform/limit.ts';
import type { ListenerOptions } from './platform/listener.ts';
import type { Log } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import { createNeighbours, type Neighbours, type Surroundings } from './platform/neighbours.ts';
import type { Settings } from './platform/settings.ts';
import { StartError } from './platform/start-error.ts';
import { createScopedAuth } from './scoped-auth/create-scoped-auth.ts';
import { openKeyEncryptionKey } from './scoped-auth/keys/key-encryption-key.ts';
import { openKeyRing } from './scoped-auth/keys/key-ring.ts';
import { databaseRootKeyStore, type ScopedAuthTables, scopedAuthMigrations } from './scoped-auth/keys/root-key-store.ts';
import { createStarship } from './starship/create-starship.ts';

/** All tables of all participants. */
export type Tables = FlexConfigurationTables & ScopedAuthTables;

/** What the participants of a process stand on. */
export interface Ground {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  readonly database: Database<Tables>;
  readonly dataFolder: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly publicListener: Pick<ListenerOptions, 'tls' | 'trustedProxies'>;
  readonly publicUrl: () => string;
  readonly keepTrace: ((requestId: string, trace: readonly Message[]) => void) | undefined;
}

/** The participants of a process, wired. */
export interface Composition extends Pick<Neighbours, 'serveContracts' | 'close'> {
  /** The public edge, where Starship runs here. */
  readonly edge: FastifyInstance | undefined;
  /** A deployment key for whoever tries the node, where Flex Configuration runs here. */
  readonly deploymentKey: string | undefined;
  /** Hears what changed in Flex Configuration since the last time. */
  follow(): Promise<void>;
}

/** How many requests the edge has under way at most: in health it is a small part of that. */
const concurrencyMax = 2000;

/** Makes and wires the participants of a process. */
export async function compose(ground: Ground): Promise<Composition> {
  const { settings, surroundings, database, dataFolder, log, metrics } = ground;
  const { services, clock, clockLeewaySeconds } = surroundings;
  await migrate(database, { ...flexConfigurationMigrations, ...scopedAuthMigrations });
  const { neighbour, serveContracts, close } = createNeighbours(surroundings);

  const store = createFlexConfigurationStore(database.queries);
  const deploymentKey = services.has('flex-configuration') ? await applyConfiguration(store, settings.CONFIG) : undefined;
  const configuration = await neighbour('flex-webchat-orchestrator', flexConfiguration, async () =>
    createFlexConfiguration({ store }),
  );

  const tokens = await neighbour('federated-auth', scopedAuth, async () => {
    const kek = openKeyEncryptionKey({ text: settings.KEK, dataDirectory: dataFolder });
    const keyRing = await openKeyRing({ store: databaseRootKeyStore(database.queries), kek, clock });
    return createScopedAuth({ clock, clockLeewaySeconds, keyRing });
  });

  const identities = await neighbour('flex-webchat-orchestrator', federatedAuth, async () =>
    createFederatedAuth({ scopedAuth: present(tokens), clock, refreshLimit: createLimit() }),
  );

  const deployments =
    configuration && services.has('flex-webchat-orchestrator') ? createDeploymentSnapshot(configuration, clock, log) : undefined;
  const orchestrator = await neighbour('starship', flexWebchatOrchestrator, async () => {
    const securityFlag = await createSecurityFlag(clock, await loadFlagProvider(settings.FLAG_PROVIDER));
    return createOrchestrator({
      federatedAuth: present(identities),
      deployments: present(deployments),
      securityFlag,
      createLimit: createLimit(),
      clock,
      log,
    });
  });

  const edge =
    orchestrator && services.has('starship')
      ? await createStarship({
          orchestrator,
          log,
          metrics,
          concurrencyMax,
          publicUrl: ground.publicUrl,
          keepTrace: ground.keepTrace,
          listener: ground.publicListener,
        })
      : undefined;

  return { edge, deploymentKey, serveContracts, close, follow: async () => deployments?.follow() };
}

/** A participant that runs here has those behind it: they were made or connected to before it. */
function present<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new TypeError('a participant was made before the one behind it');
  return part;
}

/** The operator's flag service: the default export of a module. */
async function loadFlagProvider(file: string | undefined): Promise<Provider | undefined> {
  if (file === undefined) return undefined;
  const module: unknown = await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    throw new StartError(`GANGWAY_FLAG_PROVIDER: ${file} cannot be loaded: ${error instanceof Error ? error.message : error}`);
  });
  const provider = (module as { default?: Partial<Provider> }).default;
  if (typeof provider?.resolveBooleanEvaluation === 'function') return provider as Provider;
  throw new StartError(`GANGWAY_FLAG_PROVIDER: the default export of ${file} is no OpenFeature provider.`);
}
