// A node: one process that runs some or all of the participants. It opens what they stand on, listens, and takes
// everything down again in order. The same function runs in production and in tests.

import formbody from '@fastify/formbody';
import { type ServiceName, serviceNames } from '@gangway/contracts/participants';
import { createAdminToken, removeAdminToken } from './admin/admin-token.ts';
import { serveAdmin } from './admin/serve-admin.ts';
import { compose, type Tables } from './compose.ts';
import type { DrawnMessage } from './demo/drawn-message.ts';
import { openDemoChat } from './demo/open-demo-chat.ts';
import { serveDemo } from './demo/serve-demo.ts';
import { serveDocs } from './docs/serve-docs.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { openDataFolder, removeReady, writeReady } from './platform/data-folder.ts';
import { openSqlite } from './platform/database.ts';
import { drain, listen } from './platform/listen.ts';
import { chosenRequestId, createListener } from './platform/listener.ts';
import type { AccessLog, Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { oneAtATime } from './platform/one-at-a-time.ts';
import { readTls } from './platform/read-tls.ts';
import type { Settings } from './platform/settings.ts';
import { createTraceStore } from './platform/trace-store.ts';
import { serveSdk } from './sdk/serve-sdk.ts';

/** A node that answers. */
export interface GangwayNode {
  readonly publicUrl: string | null;
  readonly adminUrl: string;
  readonly serviceUrl: string | null;
  readonly dataFolder: string;
  /** A deployment key to try the node with, where it knows one. */
  readonly deploymentKey: string | undefined;
  /** Whether `/demo` is served. */
  readonly demo: boolean;
  /** Stops listening, lets the requests under way end, and closes what was open. */
  close(): Promise<void>;
}

/** What a node is started with besides its settings. */
export interface NodeOptions {
  readonly services?: readonly ServiceName[];
  readonly clock?: Clock;
  readonly log: Log;
  /** Through `log` unless given. */
  readonly accessLog?: AccessLog;
}

const followIntervalMs = 1000;
/** How long requests under way may take to end once the node closes: a second is left of the ten that are promised. */
const drainMs = 9000;

/** Closes something that was opened; what it drains may take that many milliseconds. */
type Closer = (drainMs: number) => Promise<unknown> | unknown;

/**
 * Starts a node.
 * @throws StartError where a setting, the configuration, the data folder or a port stands in the way; nothing stays open then
 */
export async function startNode(settings: Settings, options: NodeOptions): Promise<GangwayNode> {
  const closers: Closer[] = [];
  const close = async () => {
    const cutOffAt = performance.now() + drainMs;
    while (closers.length > 0) await closers.pop()?.(Math.max(0, cutOffAt - performance.now()));
  };
  try {
    return { ...(await open(settings, options, (closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens everything, each with the step that closes it again; they are taken in reverse. */
async function open(
  settings: Settings,
  { services: names = serviceNames, clock = systemClock, log, accessLog = (line) => log.info(line, 'answered') }: NodeOptions,
  onClose: (closer: Closer) => void,
): Promise<Omit<GangwayNode, 'close'>> {
  const services = new Set(names);
  const tls = readTls(settings);
  const dataFolder = openDataFolder(settings.DATA_DIR);
  const database = openSqlite<Tables>(dataFolder);
  onClose(database.close);

  const metrics = createMetrics();
  const demo = services.has('starship') && (settings.DEMO ?? settings.CONFIG === undefined);
  const traces = createTraceStore<DrawnMessage>();
  let publicUrls = settings.PUBLIC_URLS;
  const composition = await compose({
    settings,
    surroundings: {
      services,
      urls: {
        'flex-webchat-orchestrator': settings.FLEX_WEBCHAT_ORCHESTRATOR_URL,
        'federated-auth': settings.FEDERATED_AUTH_URL,
        'scoped-auth': settings.SCOPED_AUTH_URL,
        'flex-configuration': settings.FLEX_CONFIGURATION_URL,
      },
      serviceSecret: settings.SERVICE_SECRET,
      clock,
      clockLeewaySeconds: settings.CLOCK_LEEWAY_SECONDS,
    },
    database,
    dataFolder,
    log,
    accessLog,
    metrics,
    publicListener: { tls, trustedProxies: settings.TRUSTED_PROXIES },
    publicUrls: () => publicUrls,
    keepTrace: demo ? traces.keep : undefined,
  });
  onClose(composition.close);
  const { edge, offered } = composition;

  await composition.follow();
  const following = setInterval(oneAtATime(composition.follow), followIntervalMs);
  onClose(() => clearInterval(following));

  let ready = true;
  const admin = createListener({ log });
  const { operations, conversations } = composition;
  serveAdmin(admin, { metrics, ready: () => ready, operations, conversations, token: createAdminToken(dataFolder) });
  onClose(() => removeAdminToken(dataFolder));
  const adminUrl = await listen(admin, settings.ADMIN_PORT, 'GANGWAY_ADMIN_PORT');
  onClose((ms) => drain(admin, ms));

  let serviceUrl: string | null = null;
  if ([...services].some((service) => service !== 'starship')) {
    const listener = createListener({ log, bodyBytesMax: 64 * 1024, requestIdOf: chosenRequestId });
    // Introspection comes form-encoded (RFC 7662, section 2.1).
    await listener.register(formbody);
    composition.serveContracts(listener);
    serviceUrl = await listen(listener, settings.SERVICE_PORT, 'GANGWAY_SERVICE_PORT');
    onClose((ms) => drain(listener, ms));
  }

  let edgeUrl: string | null = null;
  if (edge !== undefined) {
    const chat =
      demo && operations !== undefined && serviceUrl !== null && offered !== undefined
        ? { operations, serviceUrl, accountSid: offered.accountSid }
        : undefined;
    if (demo) serveDemo(edge, { traces, deploymentKey: offered?.deploymentKey, chatRuns: chat !== undefined });
    serveDocs(edge, { demo });
    serveSdk(edge, { publicUrls: () => publicUrls, demo });
    edgeUrl = await listen(
      edge,
      { host: settings.HOST, port: settings.PORT },
      'GANGWAY_PORT',
      tls === undefined ? 'http' : 'https',
    );
    if (publicUrls.length === 0) publicUrls = [edgeUrl, edgeUrl.replace('//localhost:', '//127.0.0.1:')];
    onClose((ms) => drain(edge, ms));
    if (chat !== undefined) onClose(await openDemoChat({ ...chat, server: edge.server, publicUrls, traces, log }));
  }

  writeReady(dataFolder, { publicUrl: edgeUrl, adminUrl, serviceUrl, pid: process.pid });
  onClose(() => {
    ready = false;
    removeReady(dataFolder);
  });
  return { publicUrl: edgeUrl, adminUrl, serviceUrl, dataFolder, deploymentKey: offered?.deploymentKey, demo };
}
