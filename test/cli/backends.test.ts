// `gangway backends`, against nodes that run: what an operator does with the credentials of backends is in effect within a
// second, survives a crash, and is shown once.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backends as backendsCommand } from '../../packages/services/src/cli/backends.ts';
import { ask } from '../topology/visitor.ts';
import { accountSid, keys, startOperatedNode } from './operated-node.ts';
import { expectProblem, expectWrong, newToken, type OperatedNode, operate, withinASecond } from './operator.ts';

const other = `AC${'9'.repeat(32)}`;

/** What a backend hears of a token. */
async function introspected(
  { serviceUrl }: Pick<OperatedNode, 'serviceUrl'>,
  credential: string,
  token: string,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${credential}` };
  const { body } = await ask(serviceUrl ?? '', '/v1/ScopedAuthTokens/introspect', { headers, body: { token } });
  return body.active ?? body.code;
}

const credentialOf = (said: string) => said.split('\n', 1)[0] ?? '';
const idOf = (credential: string) => credential.split('_')[1] ?? '';

it('create: a credential is good for its accounts at once and after a crash, and lies nowhere in clear', async () => {
  const node = await startOperatedNode();
  const token = await newToken(node, keys.encrypted);
  const said = await operate(node, 'backends', 'create', 'chat server', '--account', accountSid, '--account', other);
  const credential = credentialOf(said);
  expect(said).toBe(
    `${credential}\nThis is shown once. Keep it where only the backend can read it.\n` +
      `The backend ${idOf(credential)} may ask about tokens of ${accountSid}, ${other}.\n`,
  );
  const stranger = credentialOf(await operate(node, 'backends', 'create', 'stranger', '--account', other));
  await withinASecond(async () => expect(await introspected(node, credential, token)).toBe(true));
  expect(await introspected(node, stranger, token)).toBe(false);

  const listed = await operate(node, 'backends');
  expect(listed).toMatch(new RegExp(`^${idOf(credential)}  chat server .*  ${accountSid} ${other}$`, 'm'));
  expect(await operate(node, 'backends', 'list')).toBe(listed);
  await node.stop('SIGKILL');
  const again = await node.again();
  expect(await introspected(again, credential, token)).toBe(true);
  const secret = credential.slice(-43);
  const files = ['gangway.sqlite', 'gangway.sqlite-wal'].map((file) => readFileSync(join(node.dataFolder, file), 'latin1'));
  expect([listed, ...files].filter((text) => text.includes(secret))).toEqual([]);
});

it('rotate: both credentials count for now; revoke: neither does', async () => {
  const node = await startOperatedNode();
  const token = await newToken(node, keys.encrypted);
  const first = credentialOf(await operate(node, 'backends', 'create', 'chat', '--account', accountSid));
  const id = idOf(first);
  const said = await operate(node, 'backends', 'rotate', id);
  const second = credentialOf(said);
  expect(said).toMatch(/\nThe former one counts until \d{4}-\S+Z; gangway backends revoke ends both\.\n$/);
  expect(second).not.toBe(first);
  for (const each of [first, second]) expect(await introspected(node, each, token)).toBe(true);

  const revoked = `The backend ${id} may ask nothing any more, on every node within a second.\n`;
  expect(await operate(node, 'backends', 'revoke', id)).toBe(revoked);
  for (const each of [first, second]) {
    await withinASecond(async () => expect(await introspected(node, each, token)).toBe('caller_not_allowed'));
  }
  const lists = 'gangway backends lists them.';
  expect(await expectProblem(node, 'backends', 'revoke', id)).toBe(
    `Nothing was changed at ${id}: it was revoked before. ${lists}`,
  );
  expect(await expectProblem(node, 'backends', 'rotate', id)).toBe(`Nothing was changed at ${id}: it is revoked. ${lists}`);
});

it('what cannot be done is said in one line, and nothing is made', async () => {
  const node = await startOperatedNode();
  const takes = 'gangway backends takes list, create NAME --account AC…, rotate ID, or revoke ID.';
  const wrong: [string[], string | RegExp][] = [
    [['destroy'], takes],
    [['list', 'all'], takes],
    [['list', '--account', accountSid], takes],
    [['create', '--account', accountSid], takes],
    [['create', 'two', 'words', '--account', accountSid], takes],
    [['create', 'chat'], 'Say whose tokens it may ask about: --account AC…, once for each account.'],
    [['create', 'chat', '--account', 'AC1'], /^accounts\.0: must match pattern/],
    [['create', 'chat', '--account', accountSid, '--account', accountSid], /^accounts: /],
    [['create', 'two\nlines', '--account', accountSid], 'Name it with 1 to 64 printable characters.'],
    [['rotate'], takes],
    [['rotate', 'none'], /^Nothing was changed at none: there is no such backend\./],
    [['revoke', 'none', '--account', accountSid], takes],
    [['revoke', 'none'], /^Nothing was changed at none: there is no such backend\./],
  ];
  for (const [words, line] of wrong) expect(await expectWrong(backendsCommand, node, words)).toMatch(line);
  expect(await operate(node, 'backends')).toBe('backend  name  since  rotated  revoked  accounts\n');
  expect(await operate(node, 'backends', '--help')).toContain('gangway backends create NAME');
});
