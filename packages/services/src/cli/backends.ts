// `gangway backends [list | create NAME --account AC… | rotate ID | revoke ID]`

import { StartError } from '../platform/start-error.ts';
import { helpText } from './help.ts';
import { askNode, type CommandLine, readCommandLine } from './reach-node.ts';
import { table } from './table.ts';

/** Shows and changes who outside may ask about tokens. */
export async function backends(args: string[]): Promise<void> {
  const line = readCommandLine(args);
  const [action = 'list', subject, ...more] = line.words;
  const isAlone = subject === undefined && line.accounts.length === 0;
  const isOfOne = subject !== undefined && more.length === 0 && line.accounts.length === 0;
  if (line.help) process.stdout.write(helpText);
  else if (action === 'list' && isAlone) process.stdout.write(await list(line));
  else if (action === 'create' && subject !== undefined && more.length === 0) process.stdout.write(await create(line, subject));
  else if (action === 'rotate' && isOfOne) process.stdout.write(await rotate(line, subject));
  else if (action === 'revoke' && isOfOne) process.stdout.write(await revoke(line, subject));
  else throw new StartError('gangway backends takes list, create NAME --account AC…, rotate ID, or revoke ID.');
}

const context = { requestId: 'cli' };
const shownOnce = 'This is shown once. Keep it where only the backend can read it.\n';

async function list(line: CommandLine): Promise<string> {
  const { backends: found } = await askNode(line, (node) => node.listBackends({}, context));
  const rows = found.map(({ id, name, accounts, createdAt, rotatedAt, revokedAt }) => [
    ...[id, name, createdAt, rotatedAt ?? '', revokedAt ?? ''],
    accounts.join(' '),
  ]);
  return table(['backend', 'name', 'since', 'rotated', 'revoked', 'accounts'], rows);
}

async function create(line: CommandLine, name: string): Promise<string> {
  const accounts = [...line.accounts];
  if (accounts.length === 0) throw new StartError('Say whose tokens it may ask about: --account AC…, once for each account.');
  const { backend, credential } = await askNode(line, (node) => node.createBackend({ name, accounts }, context));
  return `${credential}\n${shownOnce}The backend ${backend.id} may ask about tokens of ${backend.accounts.join(', ')}.\n`;
}

async function rotate(line: CommandLine, id: string): Promise<string> {
  const answer = await askNode(line, (node) => node.rotateBackend({ id }, context));
  if (!answer.rotated) throw unchanged(id, answer.why);
  return `${answer.credential}\n${shownOnce}The former one counts until ${answer.formerUntil}; gangway backends revoke ends both.\n`;
}

async function revoke(line: CommandLine, id: string): Promise<string> {
  const answer = await askNode(line, (node) => node.revokeBackend({ id }, context));
  if (!answer.revoked) throw unchanged(id, answer.why);
  return `The backend ${id} may ask nothing any more, on every node within a second.\n`;
}

const because = {
  unknown: 'there is no such backend',
  revoked: 'it is revoked',
  already_revoked: 'it was revoked before',
} as const;

function unchanged(id: string, why: keyof typeof because): StartError {
  return new StartError(`Nothing was changed at ${id}: ${because[why]}. gangway backends lists them.`);
}
