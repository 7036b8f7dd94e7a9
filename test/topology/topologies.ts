// The ways in which the participants can be spread over processes, each started for real: the flow tests run over every
// one of them and expect the same answers.

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '@gangway/contracts/contract';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import type { ServiceName } from '@gangway/contracts/participants';
import { declared, writeDeclaration } from './declared-deployments.ts';
import { type GangwayProcess, startGangway } from './gangway-process.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { ask } from './visitor.ts';

/** The services of each process. A process is started after those that it calls. */
export const topologies = {
  'one process': [['flex-configuration', 'scoped-auth', 'federated-auth', 'flex-webchat-orchestrator', 'starship']],
  'five processes': [['flex-configuration'], ['scoped-auth'], ['federated-auth'], ['flex-webchat-orchestrator'], ['starship']],
  'two groups': [
    ['flex-configuration', 'scoped-auth', 'federated-auth'],
    ['flex-webchat-orchestrator', 'starship'],
  ],
} as const satisfies Record<string, readonly (readonly ServiceName[])[]>;

export type TopologyName = keyof typeof topologies;
export const topologyNames = Object.keys(topologies) as TopologyName[];

/** A running Gangway. */
export interface Topology {
  readonly publicUrl: string;
  /** What signs the calls between its processes. */
  readonly serviceSecret: string;
  /** The process that runs a service, as it is now. */
  processOf(service: ServiceName): GangwayProcess;
  /** Kills the process of a service at once, as a crash would; resolves when it is gone. */
  kill(service: ServiceName): Promise<void>;
  /** Starts it again, at the same address. */
  startAgain(service: ServiceName): Promise<void>;
  /** What all processes have written, the log above all. */
  output(): string;
  /** The messages between the participants that one request caused. */
  recordedMessages(requestId: unknown): Promise<readonly Message[]>;
  /** Ends every process and removes what they stored. */
  close(): Promise<void>;
}

/**
 * Starts a topology with a declaration; gives it when all its processes are ready.
 * @param settings of all its processes, by their environment name without `GANGWAY_`
 */
export async function startTopology(
  name: TopologyName,
  declaration: DeclaredConfiguration = declared,
  settings: Readonly<Record<string, string>> = {},
): Promise<Topology> {
  const folder = makeTemporaryFolder();
  const serviceSecret = randomBytes(32).toString('base64url');
  const shared = {
    CONFIG: writeDeclaration(folder, declaration),
    DEMO: 'true',
    SERVICE_SECRET: serviceSecret,
    // The tests stand where a proxy would, so that each can come from an address of its own.
    TRUSTED_PROXIES: 'loopback',
    ...settings,
  };
  const urls: Record<string, string> = {};
  const processes = new Map<ServiceName, GangwayProcess>();
  const ended: GangwayProcess[] = [];

  const start = async (services: readonly ServiceName[], ports: Readonly<Record<string, string>>) => {
    const dataFolder = join(folder, services.join('+'));
    mkdirSync(dataFolder, { recursive: true });
    const started = await startGangway({ services, dataFolder, settings: { ...shared, ...urls, ...ports } });
    for (const service of services) {
      processes.set(service, started);
      const setting = `${service.toUpperCase().replaceAll('-', '_')}_URL`;
      if (service !== 'starship' && started.serviceUrl !== null) urls[setting] = started.serviceUrl;
    }
  };
  const processOf = (service: ServiceName) => {
    const found = processes.get(service);
    if (found === undefined) throw new Error(`${service} does not run`);
    return found;
  };
  const all = () => [...new Set(processes.values())];

  const topology: Topology = {
    get publicUrl() {
      return processOf('starship').publicUrl ?? '';
    },
    serviceSecret,
    processOf,
    async kill(service) {
      const killed = processOf(service);
      killed.signal('SIGKILL');
      await killed.ended;
      ended.push(killed);
    },
    async startAgain(service) {
      const { publicUrl, serviceUrl } = processOf(service);
      const services = topologies[name].find((group) => (group as readonly string[]).includes(service)) ?? [];
      await start(services, {
        ...(publicUrl !== null && { PORT: new URL(publicUrl).port }),
        ...(serviceUrl !== null && { SERVICE_PORT: new URL(serviceUrl).port }),
      });
    },
    output: () => [...ended, ...all()].map((each) => each.stdout()).join(''),
    async recordedMessages(requestId) {
      const { text } = await ask(topology.publicUrl, `/demo/calls/${requestId}`, { method: 'GET' });
      return JSON.parse(text) as Message[];
    },
    async close() {
      for (const each of all()) each.signal('SIGTERM');
      await Promise.all(all().map((each) => each.ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (const services of topologies[name]) await start(services, {});
  } catch (error) {
    await topology.close();
    throw error;
  }
  return topology;
}
