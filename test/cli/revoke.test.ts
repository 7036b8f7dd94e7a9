// `gangway revoke` and `gangway revocations`, against nodes that run: what is revoked is refused at once, on whichever node,
// and for good.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operator } from '@gangway/contracts/operator';
import { expect, it, onTestFinished } from 'vitest';
import { revocations, revoke } from '../../packages/services/src/cli/revocations.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { ask, refreshToken } from '../topology/visitor.ts';
import { validate } from '../topology/visitor-session.ts';
import { accountSid, declaration, deploymentSids, keys, serviceSecret, startOperatedNode } from './operated-node.ts';
import {
  expectAlive,
  expectDead,
  expectProblem,
  expectWrong,
  newToken,
  type OperatedNode,
  operate,
  withinASecond,
} from './operator.ts';

/** What an operator has of a session: the answer of a validation, and what a signed token says openly. */
async function idsOf(node: OperatedNode, token: string) {
  const { session, identity } = (await validate(node, { token })) as { session: { id: string }; identity: string };
  return { session: session.id, identity };
}
const claimsOf = (signed: string) => JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString());

it('a token, a session, an identity, a deployment, an account: each is refused within a second, and after a crash', async () => {
  const node = await startOperatedNode();
  const dead: [string, string][] = [];
  const revokeAndExpectDead = async (kind: string, subject: string, key: string, token: string) => {
    const said = await operate(node, 'revoke', kind, subject, '--reason', `a test of ${kind}`);
    expect(said).toBe(`The ${kind} ${subject} is revoked, here now and on every node within a second.\n`);
    await withinASecond(() => expectDead(node, key, token));
    dead.push([key, token]);
  };
  const bystander = await newToken(node, keys.encrypted);

  // One token of a session: the one that came after it lives on.
  const first = await newToken(node, keys.signed);
  const second = String((await refreshToken(node.publicUrl ?? '', keys.signed, first)).body.token);
  await revokeAndExpectDead('token', claimsOf(first).jti, keys.signed, first);
  await expectAlive(node, keys.signed, second);
  const ofSession = await newToken(node, keys.encrypted);
  await revokeAndExpectDead('session', (await idsOf(node, ofSession)).session, keys.encrypted, ofSession);
  const ofIdentity = await newToken(node, keys.encrypted);
  await revokeAndExpectDead('identity', (await idsOf(node, ofIdentity)).identity.toUpperCase(), keys.encrypted, ofIdentity);
  await expectAlive(node, keys.encrypted, bystander);

  await revokeAndExpectDead('deployment', deploymentSids.signed, keys.signed, second);
  await expectAlive(node, keys.encrypted, bystander);
  await revokeAndExpectDead('account', accountSid, keys.encrypted, bystander);

  const listed = await operate(node, 'revocations');
  const kinds = ['token', 'session', 'identity', 'deployment', 'account'];
  expect(listed.trimEnd().split('\n')).toHaveLength(1 + kinds.length);
  for (const kind of kinds) expect(listed).toMatch(new RegExp(`Z +${kind} +\\S+ +operator +a test of ${kind}\n`));

  await node.stop('SIGKILL');
  const again = await node.again();
  for (const [key, token] of dead) await expectDead(again, key, token);
  expect(await operate(again, 'revocations')).toBe(listed);
  // Visitors who come later are not shut out.
  await expect.poll(async () => (await validate(again, { token: await newToken(again, keys.signed) })).authorized).toBe(true);
});

it('where Scoped Auth runs apart, a revocation there is in effect for refreshes through the edge at once', async () => {
  const scopedAuth = await startOperatedNode({ services: ['scoped-auth'] });
  const folder = temporaryFolder();
  const services = ['starship', 'flex-webchat-orchestrator', 'federated-auth', 'flex-configuration'];
  const settings = {
    CONFIG: writeDeclaration(folder, declaration),
    SERVICE_SECRET: serviceSecret,
    SCOPED_AUTH_URL: scopedAuth.serviceUrl ?? '',
  };
  const edge = await startGangway({ services, dataFolder: join(folder, 'data'), settings });
  onTestFinished(async () => {
    edge.signal('SIGKILL');
    await edge.ended;
  });
  const both = { ...scopedAuth, publicUrl: edge.publicUrl };
  const [token, other] = [await newToken(both, keys.encrypted), await newToken(both, keys.encrypted)];
  await operate(scopedAuth, 'revoke', 'session', (await idsOf(both, token)).session, '--reason', 'a laptop was stolen');
  await withinASecond(() => expectDead(both, keys.encrypted, token));
  await expectAlive(both, keys.encrypted, other);

  const problem = 'Scoped Auth, which owns keys and revocations, does not run on this node. Ask its node.';
  for (const words of [['keys'], ['revocations'], ['revoke', 'account', accountSid, '--reason', 'x']]) {
    expect(await expectProblem(edge, ...words)).toBe(problem);
  }
  await expectAlive(both, keys.encrypted, other);
});

it('what cannot be done is said in one line, and nothing is revoked', async () => {
  const node = await startOperatedNode();
  const session = '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33';
  const takes =
    'gangway revoke takes what to revoke and which: token, session, identity, deployment, account; then its id; then --reason TEXT.';
  const why = ['--reason', 'a test'];
  const wrong: [string[], string | RegExp][] = [
    [[], takes],
    [['visitor', session, ...why], takes],
    [['session', ...why], takes],
    [['session', session, session, ...why], takes],
    [['session', session], 'Say why, for those who ask later: --reason "a laptop was stolen"'],
    [['session', 'mine', ...why], 'The subject must be the UUID of a session.'],
    [['identity', accountSid, ...why], 'The subject must be the UUID of an identity.'],
    [['account', session, ...why], 'The subject must be the sid of an account (AC…).'],
    [['deployment', accountSid, ...why], 'The subject must be the sid of a deployment (DP…).'],
    [['session', session, '--reason', 'red \u001b[31m'], 'Say why it is revoked, in 1 to 200 printable characters.'],
    [['session', session, '--reason', 'x'.repeat(201)], 'reason: must not have more than 200 characters.'],
  ];
  for (const [words, line] of wrong) expect(await expectWrong(revoke, node, words)).toMatch(line);
  expect(await expectProblem(node, 'revoke')).toBe(takes);
  expect(await expectWrong(revocations, node, ['all'])).toBe('gangway revocations takes no words: it lists all of them.');
  expect(await operate(node, 'revocations')).toBe('since  what  which  by  why\n');
});

it('a node that is not there, was killed, or is another one is told apart', async () => {
  const nowhere = temporaryFolder();
  const none = (folder: string) =>
    `No node runs on the data folder ${folder}, or it is another user's. Start one, or say where with --data-dir.`;
  expect(await expectProblem({ dataFolder: nowhere }, 'keys')).toBe(none(nowhere));
  const node = await startOperatedNode();
  // A flag counts before the environment.
  expect(await expectProblem(node, 'keys', '--data-dir', nowhere)).toBe(none(nowhere));
  expect(await operate({ dataFolder: nowhere }, 'revocations', '--data-dir', node.dataFolder)).toContain('since');

  const tokenFile = join(node.dataFolder, 'admin.token');
  writeFileSync(tokenFile, 'the token of an earlier run\n');
  expect(await expectProblem(node, 'keys')).toBe(
    `What answers at ${node.adminUrl} is not the node that runs on ${node.dataFolder}. Start that one again.`,
  );
  await node.stop('SIGKILL');
  expect(await expectProblem(node, 'keys')).toBe(
    `The node on the data folder ${node.dataFolder} does not answer at ${node.adminUrl}. If it was killed, start it again.`,
  );
});

it('the admin port does nothing for whoever has not the token, which only the node’s user can read and a stop takes away', async () => {
  const node = await startOperatedNode();
  const tokenFile = join(node.dataFolder, 'admin.token');
  const token = readFileSync(tokenFile, 'utf8').trim();
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const credentials = [undefined, '', token, `bearer ${token}`, `Bearer ${token.slice(1)}`, `Basic ${token}`];
  for (const { method, paths } of Object.values(operator.operations)) {
    for (const authorization of [...credentials, `Bearer ${'A'.repeat(token.length)}`, `Bearer ${serviceSecret}`]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const body = method === 'POST' ? { body: { kind: 'account', subject: accountSid, reason: 'x', keyId: 'x' } } : {};
      const answer = await ask(node.adminUrl, paths[0], { method, headers, ...body });
      expect([paths[0], authorization, answer.status, answer.body.code]).toEqual([
        paths[0],
        authorization,
        403,
        'caller_not_allowed',
      ]);
    }
    // Nor are they on the port of the services, with the token or without.
    const onServicePort = await ask(node.serviceUrl ?? '', paths[0], { method, headers: { authorization: `Bearer ${token}` } });
    expect([403, 404, 405]).toContain(onServicePort.status);
  }
  expect(await operate(node, 'revocations')).toBe('since  what  which  by  why\n');
  await node.stop();
  expect(existsSync(tokenFile)).toBe(false);
  expect((await node.again()).dataFolder).toBe(node.dataFolder);
  expect(readFileSync(tokenFile, 'utf8').trim()).not.toBe(token);
});
