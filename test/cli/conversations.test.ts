// A visitor who asks to be forgotten, at the command line of a running node.

import { expect, test } from 'vitest';
import { conversations } from '../../packages/services/src/cli/conversations.ts';
import { init } from '../topology/visitor-session.ts';
import { keys, startOperatedNode } from './operated-node.ts';
import { expectProblem, expectWrong, operate } from './operator.ts';

test('what is kept of a visitor is deleted by the identity, or one conversation by its sid', async () => {
  const node = await startOperatedNode();
  const begin = async () => (await init(node.publicUrl ?? '', keys.encrypted, {})).body;
  const [one, other] = [await begin(), await begin()];
  expect(await operate(node, 'conversations', 'forget', String(one.identity))).toBe('1 record is deleted.\n');
  expect(await operate(node, 'conversations', 'forget', String(other.conversation_sid))).toBe('1 record is deleted.\n');
  expect(await expectProblem(node, 'conversations', 'forget', String(one.identity))).toBe(`Nothing is kept of ${one.identity}.`);
  expect(await expectProblem(node, 'conversations', 'forget', 'everybody')).toMatch(/^identity: must match format "uuid"/);
});

test('other words say what it takes, and forget nobody', async () => {
  for (const words of [[], ['forget'], ['list'], ['forget', 'one', 'two']]) {
    expect(await expectWrong(conversations, { dataFolder: '/nowhere' }, words)).toMatch(/^gangway conversations takes forget/);
  }
});
