// The only file that knows all participants. It makes those that run in this process, the last of the diagram first, for
// each needs those behind it.

import type { Interface, Message } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import type { conversationOperator, operator } from '@gangway/contracts/operator';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { FastifyInstance } from 'fastify';
import { createFederatedAuth } from './federated-auth/create-federated-auth.ts';
import { applyConfiguration, type OfferedDeployment } from './flex-configuration/apply-configuration.ts';
import { createFlexConfiguration } from './flex-configuration/create-flex-configuration.ts';
import { createFlexConfigurationStore } from './flex-configuration/store.ts';
import { type FlexConfigurationTables, flexConfigurationMigrations } from './flex-configuration/tables.ts';
import { type OrchestratorTables, orchestratorMigrations } from './flex-webchat-orchestrator/conversation-records.ts';
import { createOrchestrator } from './flex-webchat-orchestrator/create-orchestrator.ts';
import { createDeploymentSnapshot } from './flex-webchat-orchestrator/deployment-snapshot.ts';
import { createDriftLog } from './flex-webchat-orchestrator/drift-log.ts';
import { loadFlagProvider } from './flex-webchat-orchestrator/load-flag-provider.ts';
import { openConversations } from './flex-webchat-orchestrator/open-conversations.ts';
import { createSecurityFlag } from './flex-webchat-orchestrator/security-flag.ts';
import { type Database, migrate } from './platform/database.ts';
import { createLimit } from './platform/limit.ts';
import type { ListenerOptions } from './platform/listener.ts';
import type { AccessLog, Log } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import { createNeighbours, type Neighbours, type Surroundings } from './platform/neighbours.ts';
import type { Settings } from './platform/settings.ts';
import { trustedAddresses } from './platform/trusted-addresses.ts';
import { openScopedAuth, type ScopedAuthTables, scopedAuthMigrations } from './scoped-auth/open-scoped-auth.ts';
import { serveVerify } from './scoped-auth/serve-verify.ts';
import { createStarship } from './starship/create-starship.ts';

/** All tables of all participants. */
export type Tables = FlexConfigurationTables & ScopedAuthTables & OrchestratorTables;

/** What the participants of a process stand on. */
export interface Ground {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  readonly database: Database<Tables>;
  readonly dataFolder: string;
  readonly log: Log;
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly publicListener: Pick<ListenerOptions, 'tls' | 'trustedProxies'>;
  readonly publicUrls: () => readonly string[];
  readonly keepTrace: ((requestId: string, trace: readonly Message[]) => void) | undefined;
}

/** The participants of a process, wired. */
export interface Composition extends Pick<Neighbours, 'serveContracts' | 'close'> {
  /** The public edge, where Starship runs here. */
  readonly edge: FastifyInstance | undefined;
  /** A deployment for whoever tries the node, where Flex Configuration runs here. */
  readonly offered: OfferedDeployment | undefined;
  /** What an operator can do with keys, revocations and backends, where Scoped Auth runs here. */
  readonly operations: Interface<typeof operator> | undefined;
  /** What an operator can do with conversations, where the orchestrator runs here. */
  readonly conversations: Interface<typeof conversationOperator> | undefined;
  /** Hears what changed elsewhere since the last time, and does what is due. To be called every second. */
  follow(): Promise<void>;
}

/** How many requests the edge has under way at most: in health it is a small part of that. */
const concurrencyMax = 2000;

/** Makes and wires the participants of a process. */
export async function compose(ground: Ground): Promise<Composition> {
  const { settings, surroundings, database, log, metrics } = ground;
  const { services, clock, clockLeewaySeconds } = surroundings;
  await migrate(database, { ...flexConfigurationMigrations, ...scopedAuthMigrations, ...orchestratorMigrations });
  const { offer, reach, serveContracts, close } = createNeighbours(surroundings);
  const servers: ((listener: FastifyInstance) => void)[] = [serveContracts];
  const followers: (() => Promise<void>)[] = [];

  let offered: OfferedDeployment | undefined;
  if (services.has('flex-configuration')) {
    const store = createFlexConfigurationStore(database.queries.$pickTables<keyof FlexConfigurationTables>());
    offered = await applyConfiguration(store, settings.CONFIG);
    offer(flexConfiguration, createFlexConfiguration({ store }));
  }

  let operations: Interface<typeof operator> | undefined;
  let conversations: Interface<typeof conversationOperator> | undefined;
  if (services.has('scoped-auth')) {
    const opened = await openScopedAuth({
      database: database.queries.$pickTables<keyof ScopedAuthTables>(),
      dataFolder: ground.dataFolder,
      kek: settings.KEK,
      formerKek: settings.FORMER_KEK,
      kekProvider: settings.KEK_PROVIDER,
      revocationAgeSecondsMax: settings.REVOCATION_AGE_SECONDS_MAX,
      clock,
      clockLeewaySeconds,
      log,
    });
    operations = opened.operations;
    followers.push(opened.follow);
    offer(scopedAuth, opened.scopedAuth, opened.verifyBackend);
    const isTrusted = trustedAddresses(['loopback', ...settings.TRUSTED_PROXIES]);
    servers.push((listener) => serveVerify(listener, { ...opened, isTrusted }));
  }

  if (services.has('federated-auth')) {
    const dependencies = { scopedAuth: reach('federated-auth', scopedAuth), clock, refreshLimit: createLimit(clock) };
    offer(federatedAuth, createFederatedAuth(dependencies));
  }

  if (services.has('flex-webchat-orchestrator')) {
    const deployments = createDeploymentSnapshot(reach('flex-webchat-orchestrator', flexConfiguration), clock, log);
    const tables = database.queries.$pickTables<keyof OrchestratorTables>();
    const { records, keep } = openConversations({ database: tables, settings, clock, log });
    followers.push(deployments.follow, keep);
    conversations = { forgetConversations: async (which) => ({ deleted: await records.erase(which) }) };
    offer(
      flexWebchatOrchestrator,
      createOrchestrator({
        federatedAuth: reach('flex-webchat-orchestrator', federatedAuth),
        deployments,
        securityFlag: await createSecurityFlag(clock, await loadFlagProvider(settings.FLAG_PROVIDER)),
        createLimit: createLimit(clock),
        conversations: records,
        drift: createDriftLog(log, metrics),
        clock,
        log,
      }),
    );
  }

  let edge: FastifyInstance | undefined;
  if (services.has('starship')) {
    const { accessLog, publicUrls, keepTrace, publicListener: listener } = ground;
    const orchestrator = reach('starship', flexWebchatOrchestrator);
    const keys = reach('starship', scopedAuth);
    edge = await createStarship({
      orchestrator,
      scopedAuth: keys,
      log,
      accessLog,
      metrics,
      concurrencyMax,
      publicUrls,
      keepTrace,
      listener,
    });
  }

  const follow = async () => {
    await Promise.all(followers.map((follower) => follower()));
  };
  const serveAll = (listener: FastifyInstance) => {
    for (const serve of servers) serve(listener);
  };
  return { edge, operations, conversations, offered, serveContracts: serveAll, close, follow };
}
