// A token that is used again after it was superseded, in a session without a key: what is forgiven, and what ends the
// session. With a clock that the test moves, since it is a matter of ten seconds.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { createToken, refreshToken } from '../topology/visitor.ts';
import { init, paths, validate } from '../topology/visitor-session.ts';

const { declaration, keys } = declare({ it: {} });
const publicUrl = 'https://chat.owlbikes.example';
const graceMs = 10_000;
const notValid = { valid: false };

let node: NodeInProcess;
beforeAll(async () => {
  node = await startNodeInProcess(declaration, { PUBLIC_URLS: publicUrl });
});
afterAll(() => node.close());

const begin = async () => (await createToken(node.publicUrl, keys.it)).body;
const refresh = (token: unknown) => refreshToken(node.publicUrl, keys.it, token);
const next = async (token: unknown) => (await refresh(token)).body.token;

async function expectOver(...tokens: readonly unknown[]): Promise<void> {
  for (const token of tokens) {
    expectRefusal(await refresh(token), 'invalid_token', publicUrl, notValid);
    expect(await validate(node, { token })).toMatchObject({ authorized: false, message: 'token_validation_failed' });
  }
}

it('one that was superseded a moment ago gets what the others got', async () => {
  const { token } = await begin();
  const second = await next(token);
  await next(second);
  node.clock.advance(graceMs);
  for (const each of [token, second]) {
    const answer = await refresh(each);
    expect(await validate(node, { token: answer.body.token })).toMatchObject({ session: { generation: 2 } });
  }
});

it('one that was superseded longer ago ends the session: all its tokens are worthless, for backends too', async () => {
  const { token } = await begin();
  const second = await next(token);
  const third = await next(second);
  node.clock.advance(graceMs + 1);
  await expectOver(token, second, third);
});

it('a backend that was shown the next token has used it: the one before is over after the grace', async () => {
  const { token } = await begin();
  const second = await next(token);
  expect(await validate(node, { token: second })).toMatchObject({ authorized: true });
  node.clock.advance(graceMs + 1);
  await expectOver(token, second);
});

it('an answer that was lost an hour ago is forgiven, and what it brought is void from then on', async () => {
  const { token, identity } = await begin();
  const lost = await next(token);
  node.clock.advance(3_600_000);
  const answer = await refresh(token);
  expect([answer.status, answer.body.identity]).toEqual([200, identity]);
  await next(answer.body.token);
  node.clock.advance(graceMs + 1);
  await expectOver(lost, answer.body.token);
});

it('Init uses a token as a refresh does', async () => {
  const { token, identity } = await begin();
  const taken = await init(node.publicUrl, keys.it, { token, identity });
  const third = await next(taken.body.token);
  node.clock.advance(graceMs + 1);
  const again = await init(node.publicUrl, keys.it, { token, identity });
  expect([again.status, again.body.identity === identity]).toEqual([201, false]);
  await expectOver(taken.body.token, third);
});

it('an end by reuse survives a restart; a session whose state was lost goes on', async () => {
  const { token } = await begin();
  const second = await next(token);
  const third = await next(second);
  const other = await next(await next((await begin()).token));
  node.clock.advance(graceMs + 1);
  await expectOver(token);
  await node.restart();
  await expectOver(third);
  const goesOn = await refresh(other);
  expect(goesOn.status).toBe(200);
  expect(await validate(node, { token: goesOn.body.token })).toMatchObject({ session: { generation: 3 } });
});

it('with a key there is nothing to end: a thief has no use for an older token, its holder may use it', async () => {
  const visitor = await createProofHolder(() => node.publicUrl, publicUrl);
  const deploymentKey = keys.it;
  const { token } = (await visitor.post(paths.create, { deploymentKey })).body;
  for (let count = 0; count < 3; count += 1) {
    expect((await visitor.post(paths.refresh, { deploymentKey, token })).status).toBe(200);
    expectRefusal(await refresh(token), 'invalid_dpop_proof', publicUrl, notValid);
    node.clock.advance(graceMs + 1);
  }
});
