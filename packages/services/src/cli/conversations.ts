// `gangway conversations forget IDENTITY | CONVERSATION`

import { conversationOperator } from '@gangway/contracts/operator';
import { StartError } from '../platform/start-error.ts';
import { askParticipant, readCommandLine } from './reach-node.ts';

const owner = 'The orchestrator, which keeps conversations';
const conversationSid = /^CH[0-9a-f]{32}$/;

/** Deletes what is kept of a visitor's conversations. */
export async function conversations(args: string[]): Promise<void> {
  const line = readCommandLine(args);
  const [action, which, ...more] = line.words;
  if (action !== 'forget' || which === undefined || more.length > 0) {
    throw new StartError(
      'gangway conversations takes forget and the identity of a visitor (a UUID), or the sid of a conversation (CH…).',
    );
  }
  const wanted = conversationSid.test(which) ? { conversationSid: which } : { identity: which };
  const { deleted } = await askParticipant(line, conversationOperator, owner, (node) =>
    node.forgetConversations(wanted, { requestId: 'cli' }),
  );
  if (deleted === 0) throw new StartError(`Nothing is kept of ${which}.`);
  process.stdout.write(`${deleted} ${deleted === 1 ? 'record is' : 'records are'} deleted.\n`);
}
