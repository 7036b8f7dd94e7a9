// `gangway revoke KIND SUBJECT --reason TEXT` and `gangway revocations`

import type { RevocationKind } from '@gangway/contracts/scoped-auth';
import { StartError } from '../platform/start-error.ts';
import { helpText } from './help.ts';
import { askNode, readCommandLine, reasonOf } from './reach-node.ts';
import { table } from './table.ts';

const kinds: readonly RevocationKind[] = ['token', 'session', 'identity', 'deployment', 'account'];

/** Revokes. */
export async function revoke(args: string[]): Promise<void> {
  const line = readCommandLine(args);
  if (line.help) {
    process.stdout.write(helpText);
    return;
  }
  const [kindText, subject, ...more] = line.words;
  const kind = kinds.find((known) => known === kindText);
  if (kind === undefined || subject === undefined || more.length > 0) {
    throw new StartError(`gangway revoke takes what to revoke and which: ${kinds.join(', ')}; then its id; then --reason TEXT.`);
  }
  const reason = reasonOf(line);
  await askNode(line, (node) => node.revoke({ kind, subject, reason }, { requestId: 'cli' }));
  process.stdout.write(`The ${kind} ${subject} is revoked, here now and on every node within a second.\n`);
}

/** Lists what was revoked. */
export async function revocations(args: string[]): Promise<void> {
  const line = readCommandLine(args);
  if (line.help) {
    process.stdout.write(helpText);
    return;
  }
  if (line.words.length > 0) throw new StartError('gangway revocations takes no words: it lists all of them.');
  const rows: string[][] = [];
  let after = '0';
  for (;;) {
    const { revocations: found } = await askNode(line, (node) => node.listRevocations({ after }, { requestId: 'cli' }));
    const last = found.at(-1);
    if (last === undefined) break;
    for (const { kind, subject, reason, createdAt, madeBy } of found) rows.push([createdAt, kind, subject, madeBy, reason]);
    after = String(last.sequence);
  }
  process.stdout.write(table(['since', 'what', 'which', 'by', 'why'], rows));
}
