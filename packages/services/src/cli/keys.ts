// `gangway keys [list | rotate | kill KEY --reason TEXT]`

import { StartError } from '../platform/start-error.ts';
import { helpText } from './help.ts';
import { askNode, type CommandLine, readCommandLine, reasonOf } from './reach-node.ts';
import { table } from './table.ts';

/** Shows and changes the keys of tokens. */
export async function keys(args: string[]): Promise<void> {
  const line = readCommandLine(args);
  const [action = 'list', keyId, ...more] = line.words;
  const isAlone = keyId === undefined;
  if (line.help) process.stdout.write(helpText);
  else if (action === 'list' && isAlone) process.stdout.write(await list(line));
  else if (action === 'rotate' && isAlone) process.stdout.write(await rotate(line));
  else if (action === 'kill' && !isAlone && more.length === 0) process.stdout.write(await kill(line, keyId));
  else throw new StartError('gangway keys takes list, rotate, or kill KEY --reason TEXT.');
}

const useNames = { enc: 'encrypted tokens', sig: 'signed tokens' } as const;

async function list(line: CommandLine): Promise<string> {
  const { keys: found, killedKeyIds } = await askNode(line, (node) => node.listKeys({}, { requestId: 'cli' }));
  const roots = found.map(({ id, use, state, stateSince, uses, reason }) => [
    id,
    useNames[use],
    state,
    stateSince,
    String(uses),
    reason ?? '',
  ]);
  const killed = killedKeyIds.map(({ keyId, killedAt, reason }) => [keyId, killedAt, reason]);
  const subkeys = killed.length === 0 ? '' : `\n${table(['killed subkey', 'since', 'why'], killed)}`;
  return `${table(['key', 'for', 'state', 'since', 'tokens', 'why'], roots)}${subkeys}`;
}

async function rotate(line: CommandLine): Promise<string> {
  const { rotations } = await askNode(line, (node) => node.rotateKeys({}, { requestId: 'cli' }));
  return rotations.map(({ use, keyId, activeFrom }) => `${keyId} makes ${useNames[use]} from ${activeFrom} on.\n`).join('');
}

const refusedBecause = {
  malformed: 'that is no kid, and no part of one',
  unknown: 'there is no such key',
  already_killed: 'it was killed before',
  already_retired: 'it is retired: no token under it lives',
} as const;

async function kill(line: CommandLine, keyId: string): Promise<string> {
  const reason = reasonOf(line);
  const answer = await askNode(line, (node) => node.killKey({ keyId, reason }, { requestId: 'cli' }));
  if (!answer.killed)
    throw new StartError(`${keyId} was not killed: ${refusedBecause[answer.why]}. gangway keys lists the keys.`);
  return `${keyId} is dead: every token under it is refused, on every node within a second.\n`;
}
