// How a command reaches the node that runs on a data folder: through its admin port, with the secret that lies there.

import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Interface } from '@gangway/contracts/contract';
import { operator } from '@gangway/contracts/operator';
import { Refusal } from '@gangway/contracts/refusals';
import { readAdminToken } from '../admin/admin-token.ts';
import { connect } from '../platform/connect.ts';
import { readReady } from '../platform/data-folder.ts';
import { StartError } from '../platform/start-error.ts';

/** A command's words and flags. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly dataDir: string;
  readonly reason: string | undefined;
}

const options = { 'data-dir': { type: 'string' }, reason: { type: 'string' } } as const satisfies ParseArgsConfig['options'];

/**
 * Reads a command's words and flags.
 * @throws StartError for a flag that there is not
 */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const dataDir = resolve(values['data-dir'] ?? (process.env['GANGWAY_DATA_DIR'] || './data'));
    return { words: positionals, dataDir, reason: values.reason };
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : error} gangway --help lists the commands.`);
  }
}

/** The operator's reason, without which nothing is ended. */
export function reasonOf({ reason }: CommandLine): string {
  if (reason !== undefined && reason !== '') return reason;
  throw new StartError('Say why, for those who ask later: --reason "a laptop was stolen"');
}

/**
 * Asks the running node, and lets go of it again.
 * @throws StartError where there is no node, or it refuses
 */
export async function askNode<Answer>(
  { dataDir }: CommandLine,
  ask: (node: Interface<typeof operator>) => Promise<Answer>,
): Promise<Answer> {
  const token = readAdminToken(dataDir);
  const adminUrl = readReady(dataDir)?.adminUrl;
  if (adminUrl === undefined) throw new StartError(`The node on the data folder ${dataDir} is not ready. Try again in a second.`);
  const { neighbour, close } = connect('starship', operator, adminUrl, () => `Bearer ${token}`);
  try {
    return await ask(neighbour);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new StartError(
      error.code === 'not_found'
        ? 'Scoped Auth, which owns keys and revocations, does not run on this node. Ask its node.'
        : error.message,
    );
  } finally {
    await close();
  }
}
