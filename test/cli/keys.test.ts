// `gangway keys`, against nodes that run: what an operator does with keys does to tokens what it says, and no more.

import { expect, it } from 'vitest';
import { keys as keysCommand } from '../../packages/services/src/cli/keys.ts';
import { startNodeInProcess } from '../topology/node-in-process.ts';
import { refreshToken } from '../topology/visitor.ts';
import { validate } from '../topology/visitor-session.ts';
import { declaration, keys, startOperatedNode } from './operated-node.ts';
import { expectAlive, expectDead, expectProblem, expectWrong, keyIdOf, newToken, operate, withinASecond } from './operator.ts';

const rowsOf = (table: string) =>
  table
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/));
const rootOf = (token: string) => keyIdOf(token).split('.', 1)[0];

it('lists the keys: one that makes tokens and one that comes next, for either kind', async () => {
  const node = await startOperatedNode();
  const rows = rowsOf(await operate(node, 'keys'));
  expect(rows.map(([, use, state]) => [use, state])).toEqual([
    ['encrypted tokens', 'active'],
    ['encrypted tokens', 'published'],
    ['signed tokens', 'active'],
    ['signed tokens', 'published'],
  ]);
  expect(rows[0]?.[0]).toBe(rootOf(await newToken(node, keys.encrypted)));
  expect(rows[2]?.[0]).toBe(keyIdOf(await newToken(node, keys.signed)));
  expect(await operate(node, 'keys', 'list')).toBe(await operate(node, 'keys'));
  expect(await operate(node, 'keys', '--help')).toContain('gangway keys rotate');
});

it('kill: every token under a key is dead within a second and stays so; others live, and tokens are made as before', async () => {
  const former = await startOperatedNode();
  const ofFormerRun = await newToken(former, keys.encrypted);
  await former.stop();
  const node = await former.again();
  const [stolen, signed] = [await newToken(node, keys.encrypted), await newToken(node, keys.signed)];

  const said = await operate(node, 'keys', 'kill', keyIdOf(stolen), '--reason', 'a disk went missing');
  expect(said).toBe(`${keyIdOf(stolen)} is dead: every token under it is refused, on every node within a second.\n`);
  await withinASecond(() => expectDead(node, keys.encrypted, stolen));
  await expectAlive(node, keys.encrypted, ofFormerRun);
  await expectAlive(node, keys.signed, signed);
  const fresh = await newToken(node, keys.encrypted);
  expect(keyIdOf(fresh)).not.toBe(keyIdOf(stolen));
  expect(await operate(node, 'keys')).toMatch(new RegExp(`${keyIdOf(stolen)} .*a disk went missing`));
  expect(await expectProblem(node, 'keys', 'kill', keyIdOf(stolen), '--reason', 'again')).toBe(
    `${keyIdOf(stolen)} was not killed: it was killed before. gangway keys lists the keys.`,
  );

  await node.stop('SIGKILL');
  const last = await node.again();
  await expectDead(last, keys.encrypted, stolen);
  await expectAlive(last, keys.encrypted, fresh);
});

it('kill of a root: all tokens under it are dead, and the key that was published makes tokens at once', async () => {
  const node = await startOperatedNode();
  const [token, signed] = [await newToken(node, keys.encrypted), await newToken(node, keys.signed)];
  const [, [next] = []] = rowsOf(await operate(node, 'keys'));
  await operate(node, 'keys', 'kill', String(rootOf(token)), '--reason', 'a backup leaked');
  await withinASecond(() => expectDead(node, keys.encrypted, token));
  await expectAlive(node, keys.signed, signed);
  const fresh = await newToken(node, keys.encrypted);
  expect(rootOf(fresh)).toBe(next);
  await expectAlive(node, keys.encrypted, fresh);
  expect(await operate(node, 'keys')).toMatch(new RegExp(`${rootOf(token)} .*killed .*a backup leaked`));

  await operate(node, 'keys', 'kill', keyIdOf(signed), '--reason', 'a backup leaked');
  await withinASecond(() => expectDead(node, keys.signed, signed));
  await expectAlive(node, keys.signed, await newToken(node, keys.signed));
});

it('rotate: the next keys take over when every node has heard of them, and tokens stay valid', async () => {
  const node = await startNodeInProcess(declaration);
  try {
    const before = await newToken(node, keys.encrypted);
    const signedBefore = await newToken(node, keys.signed);
    const lines = (await operate(node, 'keys', 'rotate')).trimEnd().split('\n');
    const [next, nextSigning] = lines.map((line) => line.split(' ', 1)[0]);
    expect(lines[0]).toMatch(/^[\w-]{12} makes encrypted tokens from 2030-01-01T00:10:00\.\d{3}Z on\.$/);
    expect(lines[1]).toMatch(/^[\w-]{12} makes signed tokens from 2030-01-01T00:10:00\.\d{3}Z on\.$/);

    node.clock.advance(590_000);
    expect(rootOf(await newToken(node, keys.encrypted))).toBe(rootOf(before));
    node.clock.advance(11_000);
    await expect.poll(async () => rootOf(await newToken(node, keys.encrypted)), { timeout: 5000 }).toBe(next);
    await expect.poll(async () => keyIdOf(await newToken(node, keys.signed)), { timeout: 5000 }).toBe(nextSigning);
    for (const [key, token] of [
      [keys.encrypted, before],
      [keys.signed, signedBefore],
    ] as const) {
      expect(await validate(node, { token })).toMatchObject({ authorized: true });
      expect((await refreshToken(node.publicUrl, key, token)).status).toBe(200);
    }
  } finally {
    await node.close();
  }
});

it('a new key-encryption key wraps the keys anew with the former one beside it, which is not needed afterwards', async () => {
  const [formerKek, kek] = ['a'.repeat(64), 'b'.repeat(64)];
  const first = await startOperatedNode({ settings: { KEK: formerKek } });
  const [token, signed] = [await newToken(first, keys.encrypted), await newToken(first, keys.signed)];
  await first.stop();
  const changing = await first.again({ KEK: kek, FORMER_KEK: formerKek });
  await expectAlive(changing, keys.encrypted, token);
  await changing.stop('SIGKILL');
  // Once more: a start that was not believed to have been enough.
  await (await first.again({ KEK: kek, FORMER_KEK: formerKek })).stop();
  const changed = await first.again({ KEK: kek });
  await expectAlive(changed, keys.encrypted, token);
  await expectAlive(changed, keys.signed, signed);
  await changed.stop();
  await expect(first.again({ KEK: formerKek })).rejects.toThrow(/is not the one that the stored root keys were wrapped with/);
});

it('what cannot be done is said in one line, and nothing is done', async () => {
  const node = await startOperatedNode();
  const token = await newToken(node, keys.encrypted);
  const before = await operate(node, 'keys');
  const reason = ['--reason', 'a test'];
  const takes = 'gangway keys takes list, rotate, or kill KEY --reason TEXT.';
  const wrong: [string[], string | RegExp][] = [
    [['destroy'], takes],
    [['list', 'all'], takes],
    // Whoever names a key means that one alone.
    [['rotate', String(rootOf(token))], takes],
    [['kill'], takes],
    [['kill', 'one', 'two', ...reason], takes],
    [['kill', keyIdOf(token)], 'Say why, for those who ask later: --reason "a laptop was stolen"'],
    [['kill', keyIdOf(token), '--reason', ''], /^Say why, /],
    [['kill', keyIdOf(token), '--reason', 'two\nlines'], /^Say why the key is killed, in 1 to 200 printable characters\.$/],
    [['kill', keyIdOf(token), '--reason', 'x'.repeat(201)], /at most|more than 200/],
    [['kill', token, ...reason], /^keyId: must not have more than 128 characters\.$/],
    [
      ['kill', 'stolen', ...reason],
      /^stolen was not killed: that is no kid, and no part of one\. gangway keys lists the keys\.$/,
    ],
    [['kill', 'AAAAAAAAAAAA', ...reason], /^AAAAAAAAAAAA was not killed: there is no such key\./],
    [['kill', '-AAAAAAAAAAA', ...reason], /^-AAAAAAAAAAA was not killed: there is no such key\./],
    [['--force'], "Unknown option '--force'. gangway --help lists the commands."],
    [['kill', keyIdOf(token), '--reason'], /^Option '--reason <value>' argument missing\. gangway --help /],
  ];
  for (const [words, line] of wrong) expect(await expectWrong(keysCommand, node, words)).toMatch(line);
  expect(await expectProblem(node, 'keys', 'destroy')).toBe(takes);
  expect(await operate(node, 'keys')).toBe(before);
  await expectAlive(node, keys.encrypted, token);
});
