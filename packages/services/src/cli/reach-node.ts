// How a command reaches the node that runs on a data folder: through its admin port, with the secret that lies there.

import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Contract, Interface } from '@gangway/contracts/contract';
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
  readonly accounts: readonly string[];
  readonly help: boolean;
}

const options = {
  'data-dir': { type: 'string' },
  reason: { type: 'string' },
  account: { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];
/** One key in 64 begins with a hyphen, and is no flag for it. */
const hyphenatedKey = /^-[\w-]{11}(?:\.[\w-]{12}(?:\.\d+)?)?$/;

/**
 * Reads a command's words and flags.
 * @throws StartError for a flag that there is not
 */
export function readCommandLine(args: string[]): CommandLine {
  const keys = args.filter((arg, index) => hyphenatedKey.test(arg) && !args[index - 1]?.startsWith('--'));
  const others = args.filter((arg) => !keys.includes(arg));
  try {
    const { values, positionals } = parseArgs({ args: others, options, allowPositionals: true });
    const dataDir = resolve(values['data-dir'] ?? (process.env.GANGWAY_DATA_DIR || './data'));
    const { reason, account: accounts = [], help } = values;
    return { words: [...positionals, ...keys], dataDir, reason, accounts, help };
  } catch (error) {
    // Node goes on with advice on how to write words that begin with a hyphen, of which there are none.
    const [problem] = String(error instanceof Error ? error.message : error).split(/[.\n]/, 1);
    throw new StartError(`${problem}. gangway --help lists the commands.`);
  }
}

/** The operator's reason, without which nothing is ended. */
export function reasonOf({ reason }: CommandLine): string {
  if (reason !== undefined && reason !== '') return reason;
  throw new StartError('Say why, for those who ask later: --reason "a laptop was stolen"');
}

/**
 * Asks Scoped Auth of the running node, and lets go of it again.
 * @throws StartError where there is no node, or it refuses
 */
export function askNode<Answer>(line: CommandLine, ask: (node: Interface<typeof operator>) => Promise<Answer>): Promise<Answer> {
  return askParticipant(line, operator, 'Scoped Auth, which owns keys and revocations', ask);
}

/**
 * Asks a participant of the running node.
 * @param owner who it is, for the person whose node does not run it
 */
export async function askParticipant<C extends Contract, Answer>(
  { dataDir }: CommandLine,
  contract: C,
  owner: string,
  ask: (participant: Interface<C>) => Promise<Answer>,
): Promise<Answer> {
  const token = readAdminToken(dataDir);
  const adminUrl = readReady(dataDir)?.adminUrl;
  if (adminUrl === undefined) throw new StartError(`The node on the data folder ${dataDir} is not ready. Try again in a second.`);
  const { neighbour, close } = connect('starship', contract, adminUrl, () => `Bearer ${token}`);
  try {
    return await ask(neighbour);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new StartError(problemOf(error, owner, dataDir, adminUrl));
  } finally {
    await close();
  }
}

function problemOf({ code, cause, message }: Refusal, owner: string, dataDir: string, adminUrl: string): string {
  if (code === 'not_found') return `${owner}, does not run on this node. Ask its node.`;
  if (code === 'caller_not_allowed')
    return `What answers at ${adminUrl} is not the node that runs on ${dataDir}. Start that one again.`;
  // What the node itself says has no cause here.
  if (code === 'upstream_unavailable' && cause !== undefined) {
    return `The node on the data folder ${dataDir} does not answer at ${adminUrl}. If it was killed, start it again.`;
  }
  return message;
}
