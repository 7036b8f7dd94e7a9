// `gangway start [service ...]`: runs a node until it is told to stop.

import { parseArgs } from 'node:util';
import { type ServiceName, serviceNames } from '@gangway/contracts/participants';
import type { GangwayNode } from '../node.ts';
import { openLog } from '../platform/log.ts';
import { flagOf, readSettings, settings } from '../platform/settings.ts';
import { StartError } from '../platform/start-error.ts';
import { version } from '../version.ts';
import { startHelpText } from './help.ts';

/** A signal that comes again within this time is the same one: a terminal sends it to the whole process group. */
const sameSignalMs = 1000;

/** Starts a node. Gives when it is ready; the process goes on until a signal comes. */
export async function start(args: string[]): Promise<void> {
  const { positionals, flags, help } = parse(args);
  if (help) {
    process.stdout.write(startHelpText);
    return;
  }
  const values = readSettings(process.env, flags);
  const services = positionals.map(serviceNamed);
  const { log, accessLog, flush } = openLog(values.LOG_LEVEL);
  process.on('exit', flush);
  // Nobody but the node's own user reads what it writes.
  process.umask(0o077);
  // Loaded here, so that a wrong word or setting is answered at once.
  const { startNode } = await import('../node.ts');
  const node = await startNode(values, { log, accessLog, ...(services.length > 0 && { services }) });
  process.stdout.write(banner(node, services));
  stopOnSignal(node);
}

function parse(args: string[]): { positionals: string[]; flags: Record<string, string>; help: boolean } {
  const names = Object.keys(settings).map((name) => flagOf(name).slice(2));
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const { help = false, ...flags } = values as Record<string, string> & { help?: boolean };
    return { positionals, flags, help };
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : error} gangway start --help lists the settings.`);
  }
}

function serviceNamed(text: string): ServiceName {
  const found = serviceNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw new StartError(`There is no service ${text}. The services are ${serviceNames.join(', ')}.`);
}

function banner(node: GangwayNode, services: readonly ServiceName[]): string {
  const lines: [string, string | null | undefined][] = [
    ['services', services.length === 0 ? undefined : services.join(', ')],
    ['public', node.publicUrl],
    ['demo', node.demo ? `${node.publicUrl}/demo` : undefined],
    ['docs', node.publicUrl && `${node.publicUrl}/docs`],
    ['client', node.publicUrl && `${node.publicUrl}/sdk`],
    ['key', node.deploymentKey],
    ['service', node.serviceUrl],
    ['admin', node.adminUrl],
    ['data', node.dataFolder],
  ];
  const shown = lines.filter(([, value]) => typeof value === 'string').map(([name, value]) => `  ${name.padEnd(8)} ${value}\n`);
  return `Gangway ${version} is ready.\n${shown.join('')}`;
}

/** SIGTERM and Ctrl-C drain and stop; a second one, later, stops at once. */
function stopOnSignal(node: GangwayNode): void {
  let firstAt: number | undefined;
  // Whoever reads what this process writes may get the same signal and be gone first: that is no reason not to drain.
  process.stdout.on('error', () => {});
  const stop = async (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt !== undefined) {
      if (now - firstAt > sameSignalMs) process.exit(1);
      return;
    }
    firstAt = now;
    process.stdout.write(`Stopping (${signal}): requests under way may end.\n`);
    await node.close();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
