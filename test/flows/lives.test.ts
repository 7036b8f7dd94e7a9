// How long tokens and sessions live, with a clock that the test moves: a laptop that slept does not lose its chat, one that
// slept too long does, and nobody lives past the absolute end. And what another configuration does to those who live.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { createProofHolder, type ProofHolder } from '../topology/proof-holder.ts';
import { createToken, refreshToken } from '../topology/visitor.ts';
import { endSession, init, paths, validate } from '../topology/visitor-session.ts';

const [minute, hour] = [60_000, 3_600_000];
const notValid = { valid: false };
/** The last moment of a session that ends at a whole second is that second; one more is too late. */
const second = 1000;

describe.each(['encrypted', 'signed'] as const)('the lives of a session, %s', (kind) => {
  const { declaration, keys } = declare({ it: { encrypt: kind === 'encrypted' }, nearly: { sessionMaxSeconds: 3000 } });
  let node: NodeInProcess;
  beforeAll(async () => {
    node = await startNodeInProcess(declaration);
  });
  afterAll(() => node.close());

  const begin = async (key = keys.it) => (await createToken(node.publicUrl, key)).body;
  const refresh = (token: unknown, key = keys.it) => refreshToken(node.publicUrl, key, token);

  it('a token that has expired, but can be refreshed, is refreshed', async () => {
    const { token, identity, ttl } = await begin();
    expect(ttl).toBe(1800);
    node.clock.advance(31 * minute + second);
    expect(await validate(node, { token })).toMatchObject({ authorized: false });
    const { status, body } = await refresh(token);
    expect([status, body.identity, body.ttl]).toEqual([200, identity, 1800]);
    expect(await validate(node, { token: body.token })).toMatchObject({ authorized: true });
  });

  it('to the last moment of two idle hours, and not beyond', async () => {
    const [one, other] = [await begin(), await begin()];
    node.clock.advance(2 * hour);
    expect((await refresh(one.token)).status).toBe(200);
    node.clock.advance(second);
    expectRefusal(await refresh(other.token), 'invalid_token', node.publicUrl, notValid);
    expectRefusal(await endSession(node.publicUrl, keys.it, other.token), 'invalid_token', node.publicUrl, notValid);
    const taken = await init(node.publicUrl, keys.it, { token: other.token, identity: other.identity });
    expect(taken.status).toBe(201);
    expect(taken.body.identity).not.toBe(other.identity);
  });

  it('whoever may refresh an expired token may end its session, and keep its identity', async () => {
    const [one, other] = [await begin(), await begin()];
    node.clock.advance(hour);
    expect((await endSession(node.publicUrl, keys.it, one.token)).status).toBe(204);
    const taken = await init(node.publicUrl, keys.it, { token: other.token, identity: other.identity });
    expect(taken.body.identity).toBe(other.identity);
  });

  it('refreshed again and again it lives to its absolute end, no token lives longer, and Init does not prolong it', async () => {
    const { token: first, identity } = await begin();
    const end = node.clock.now() + 24 * hour;
    let token = first;
    for (let hours = 2; hours < 24; hours += 2) {
      node.clock.advance(2 * hour);
      const fields = { token, identity };
      const { status, body } = hours === 12 ? await init(node.publicUrl, keys.it, fields) : await refresh(token);
      expect([200, 201]).toContain(status);
      expect(body.identity).toBe(identity);
      expect(Date.parse(String(body.expiration))).toBeLessThanOrEqual(end);
      token = body.token;
    }
    node.clock.advance(2 * hour - 10 * minute);
    const last = (await refresh(token)).body;
    expect([last.ttl, Date.parse(String(last.expiration))]).toEqual([600, end]);
    node.clock.advance(10 * minute - second);
    const latest = (await refresh(last.token)).body;
    expect([latest.ttl, latest.identity]).toEqual([1, identity]);
    node.clock.advance(second);
    expectRefusal(await refresh(latest.token), 'invalid_token', node.publicUrl, notValid);
  });

  it('the first token of a session shorter than it ends with the session', async () => {
    node.clock.advance(minute);
    const { token } = await begin(keys.nearly);
    node.clock.advance(25 * minute);
    const { body } = await refresh(token, keys.nearly);
    expect(body.ttl).toBe(25 * 60);
    node.clock.advance(25 * minute);
    expectRefusal(await refresh(body.token, keys.nearly), 'invalid_token', node.publicUrl, notValid);
  });

  it('a session with a key has the same ends', async () => {
    const visitor = await createProofHolder(() => node.publicUrl);
    const { token } = (await visitor.post(paths.create, { deploymentKey: keys.it })).body;
    node.clock.advance(2 * hour);
    const refreshed = await visitor.post(paths.refresh, { deploymentKey: keys.it, token });
    expect(refreshed.status).toBe(200);
    node.clock.advance(second);
    expectRefusal(
      await visitor.post(paths.refresh, { deploymentKey: keys.it, token }),
      'invalid_token',
      node.publicUrl,
      notValid,
    );
  });
});

describe('other lives for sessions that live', () => {
  const declaredAs = (lives: { tokenTtlSeconds?: number; sessionIdleSeconds?: number; sessionMaxSeconds?: number }) =>
    declare({ it: lives });
  const usual = declaredAs({});
  const key = usual.keys.it;
  const publicUrl = 'https://chat.owlbikes.example';
  let node: NodeInProcess;
  let visitor: ProofHolder;
  beforeEach(async () => {
    node = await startNodeInProcess(usual.declaration, { PUBLIC_URLS: publicUrl });
    visitor = await createProofHolder(() => node.publicUrl, publicUrl);
  });
  afterEach(() => node.close());

  const begin = async () => (await createToken(node.publicUrl, key)).body;
  const refresh = (token: unknown) => refreshToken(node.publicUrl, key, token);

  it.each([
    ['shorter', 60],
    ['longer', 3600],
  ])('%s tokens: from the next one on', async (_, tokenTtlSeconds) => {
    const { token } = await begin();
    await node.restart(declaredAs({ tokenTtlSeconds }).declaration);
    node.clock.advance(minute);
    expect(await validate(node, { token })).toMatchObject({ authorized: true });
    expect((await refresh(token)).body.ttl).toBe(tokenTtlSeconds);
  });

  it.each([
    ['shorter', 600],
    ['longer', 4 * 3600],
  ])('%s idle times: a token keeps the one that it was made with, the next has the new one', async (_, sessionIdleSeconds) => {
    const [one, other] = [(await begin()).token, (await begin()).token];
    await node.restart(declaredAs({ sessionIdleSeconds }).declaration);
    node.clock.advance(2 * hour);
    const next = (await refresh(one)).body.token;
    node.clock.advance(second);
    expectRefusal(await refresh(other), 'invalid_token', publicUrl, notValid);
    node.clock.advance(sessionIdleSeconds * 1000 - second);
    const last = await refresh(next);
    expect(last.status).toBe(200);
    node.clock.advance(sessionIdleSeconds * 1000 + second);
    expectRefusal(await refresh(last.body.token), 'invalid_token', publicUrl, notValid);
  });

  it('shorter sessions: one that is older than that ends at its next refresh, a younger one at the new end', async () => {
    const old = await begin();
    const bound = (await visitor.post(paths.create, { deploymentKey: key })).body.token;
    node.clock.advance(90 * minute);
    const young = await begin();
    await node.restart(declaredAs({ sessionMaxSeconds: 3600 }).declaration);
    expectRefusal(await refresh(old.token), 'invalid_token', publicUrl, notValid);
    const fields = { deploymentKey: key, token: bound };
    expectRefusal(await visitor.post(paths.refresh, fields), 'invalid_token', publicUrl, notValid);
    const taken = await init(node.publicUrl, key, { token: old.token, identity: old.identity });
    expect(taken.status).toBe(201);
    expect(taken.body.identity).not.toBe(old.identity);
    expect(taken.body.ttl).toBe(1800);

    node.clock.advance(50 * minute);
    const last = await refresh(young.token);
    expect([last.status, last.body.ttl]).toEqual([200, 600]);
    node.clock.advance(10 * minute);
    expectRefusal(await refresh(last.body.token), 'invalid_token', publicUrl, notValid);
  });

  it('longer sessions: only for those that begin from then on', async () => {
    const { token } = await begin();
    const end = node.clock.now() + 24 * hour;
    await node.restart(declaredAs({ sessionMaxSeconds: 30 * 24 * 3600, sessionIdleSeconds: 30 * 24 * 3600 }).declaration);
    const { body } = await refresh(token);
    expect(await validate(node, { token: body.token })).toMatchObject({ absoluteEnd: end / 1000, refreshableUntil: end / 1000 });
    const young = await begin();
    node.clock.advance(24 * hour + second);
    expectRefusal(await refresh(body.token), 'invalid_token', publicUrl, notValid);
    expect((await refresh(young.token)).status).toBe(200);
  });
});
