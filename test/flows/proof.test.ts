// Proof of possession from end to end (RFC 9449), over every topology: the dpop package is the client, unchanged. The
// processes are told a public address that is not the one they listen on, as behind a proxy.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { createProofHolder, type ProofHolder } from '../topology/proof-holder.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, ask, chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { endSession, paths, validate } from '../topology/visitor-session.ts';

const url = 'https://chat.owlbikes.example';
const otherUrl = 'https://chat.shops.example';
const { declaration, accountSid, keys } = declare({
  optional: {},
  flagOff: { webchatSecurityEnabled: false },
});
const deploymentKey = keys.optional;
const notValid = { valid: false };
const nonceShape = /^[\w-]{28}$/;

describe.each(topologyNames)('proof of possession, %s', (name) => {
  let topology: Topology;
  let baseUrl: string;
  const serviceAccess = () => ({ ...topology.processOf('scoped-auth'), serviceSecret: topology.serviceSecret });

  beforeAll(async () => {
    topology = await startTopology(name, declaration, { PUBLIC_URLS: `${url},${otherUrl}` });
    baseUrl = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const holder = () => createProofHolder(baseUrl, url);
  /** A session bound to a key. */
  async function begin(): Promise<{ holder: ProofHolder; token: string; answer: Answer }> {
    const visitor = await holder();
    const answer = await visitor.post(paths.create, { deploymentKey });
    expect(answer.status).toBe(201);
    return { holder: visitor, token: String(answer.body.token), answer };
  }
  const refreshWith = (token: string, dpop: string, headers: Readonly<Record<string, string>> = chromeOnMac) =>
    refreshToken(baseUrl, deploymentKey, token, { ...headers, dpop });

  it('a create without a nonce is asked for one, and bound when it brings it', async () => {
    const visitor = await holder();
    const first = await createToken(baseUrl, deploymentKey, {
      ...chromeOnMac,
      dpop: await visitor.proof({ path: paths.create }),
    });
    expectRefusal(first, 'use_dpop_nonce', url);
    expect(first.headers['www-authenticate']).toBe('DPoP error="use_dpop_nonce", algs="ES256"');
    const nonce = String(first.headers['dpop-nonce']);
    expect(nonce).toMatch(nonceShape);

    const dpop = await visitor.proof({ path: paths.create, nonce });
    const { status, body } = await createToken(baseUrl, deploymentKey, { ...chromeOnMac, dpop });
    expect(status).toBe(201);
    const proof = await visitor.proof({ path: '/chat', nonce, token: String(body.token), publicUrl: 'https://backend.example' });
    const target = { proof, htm: 'POST', htu: ['https://backend.example/chat'] };
    expect(await validate(serviceAccess(), { token: body.token, ...target })).toMatchObject({
      authorized: true,
      proofChecked: true,
      proofKeyThumbprint: visitor.thumbprint,
      identity: body.identity,
      auth_account: { account_sid: accountSid },
    });
  });

  it('a session that is bound to a key is refreshed, again and again, and ended with proofs by it', async () => {
    const { holder: visitor, token, answer } = await begin();
    let latest = token;
    for (let count = 0; count < 3; count += 1) {
      const { status, body } = await visitor.post(paths.refresh, { deploymentKey, token: latest });
      expect([status, body.identity]).toEqual([200, answer.body.identity]);
      latest = String(body.token);
    }
    // Without generations: the first token is as good as the last one while it lives.
    for (let count = 0; count < 3; count += 1) {
      expect((await visitor.post(paths.refresh, { deploymentKey, token })).status).toBe(200);
    }
    const ended = await visitor.post(paths.end, { deploymentKey, token: latest });
    expect([ended.status, ended.text]).toEqual([204, '']);
    expect(ended.headers['dpop-nonce']).toMatch(nonceShape);
    for (const dead of [token, latest]) {
      expectRefusal(await visitor.post(paths.refresh, { deploymentKey, token: dead }), 'invalid_token', url, notValid);
    }
  });

  describe('a bound token is refused', () => {
    it.each<[string, (bound: { holder: ProofHolder; token: string }) => Promise<Answer>]>([
      ['without a proof', ({ token }) => refreshToken(baseUrl, deploymentKey, token)],
      ['without a proof, as Bearer', ({ token }) => refreshWith(token, '', { ...chromeOnMac, authorization: `Bearer ${token}` })],
      ['without a proof, at End', ({ token }) => endSession(baseUrl, deploymentKey, token)],
      [
        'with a proof by another key',
        async ({ token }) => {
          const { holder: thief } = await begin();
          return thief.post(paths.refresh, { deploymentKey, token });
        },
      ],
      [
        'with a proof for another path',
        async ({ holder: visitor, token }) => refreshWith(token, await visitor.proof({ path: paths.end, token })),
      ],
      [
        'with a proof for another method',
        async ({ holder: visitor, token }) =>
          refreshWith(token, await visitor.proof({ path: paths.refresh, method: 'GET', token })),
      ],
      [
        'with a proof for no token',
        async ({ holder: visitor, token }) => refreshWith(token, await visitor.proof({ path: paths.refresh })),
      ],
      [
        'with a proof for another token of the session',
        async ({ holder: visitor, token }) => {
          const next = await visitor.post(paths.refresh, { deploymentKey, token });
          return refreshWith(token, await visitor.proof({ path: paths.refresh, token: String(next.body.token) }));
        },
      ],
      [
        'with a proof that was used before',
        async ({ holder: visitor, token }) => {
          const dpop = await visitor.proof({ path: paths.refresh, token });
          expect((await refreshWith(token, dpop)).status).toBe(200);
          return refreshWith(token, dpop);
        },
      ],
      [
        'with two proofs',
        async ({ holder: visitor, token }) => {
          const both = [await visitor.proof({ path: paths.refresh, token }), await visitor.proof({ path: paths.refresh, token })];
          return refreshWith(token, both.join(', '));
        },
      ],
      [
        'with a proof for the address that Host says',
        async ({ holder: visitor, token }) => {
          const dpop = await visitor.proof({ path: paths.refresh, token, publicUrl: 'https://evil.example' });
          return refreshWith(token, dpop, { ...chromeOnMac, host: 'evil.example', 'x-forwarded-host': 'evil.example' });
        },
      ],
      [
        'with a proof for the address that the process listens on',
        async ({ holder: visitor, token }) =>
          refreshWith(token, await visitor.proof({ path: paths.refresh, token, publicUrl: baseUrl })),
      ],
    ])('%s: invalid_dpop_proof, and the session goes on', async (_, attempt) => {
      const bound = await begin();
      const answer = await attempt(bound);
      expectRefusal(answer, 'invalid_dpop_proof', url, notValid);
      expect(answer.headers['www-authenticate']).toBe('DPoP error="invalid_dpop_proof", algs="ES256"');
      expect(answer.headers['dpop-nonce']).toMatch(nonceShape);
      expect((await bound.holder.post(paths.refresh, { deploymentKey, token: bound.token })).status).toBe(200);
    });

    it.each([
      ['no nonce', undefined],
      ['a nonce of its own', 'A'.repeat(28)],
    ])('with %s: use_dpop_nonce, with valid: false', async (_, nonce) => {
      const { holder: visitor, token } = await begin();
      const answer = await refreshWith(token, await visitor.proof({ path: paths.refresh, token, nonce }));
      expectRefusal(answer, 'use_dpop_nonce', url, notValid);
      expect(answer.headers['dpop-nonce']).toMatch(nonceShape);
    });

    it('without a proof by validate too, whoever asks, and for whatever purpose', async () => {
      const { holder: visitor, token } = await begin();
      for (const purpose of ['access', 'refresh']) {
        expect(await validate(serviceAccess(), { token, purpose })).toEqual({
          authorized: false,
          message: 'proof_validation_failed',
          dpopNonce: expect.stringMatching(nonceShape),
        });
      }
      const target = { htm: 'GET', htu: ['https://backend.example/chat'] };
      const stale = await visitor.proof({
        path: '/chat',
        method: 'GET',
        publicUrl: 'https://backend.example',
        token,
        nonce: 'x',
      });
      const refused = await validate(serviceAccess(), { token, proof: stale, ...target });
      expect(refused).toMatchObject({ authorized: false, message: 'proof_nonce_required' });
      const nonce = String(refused.dpopNonce);
      const proof = await visitor.proof({ path: '/chat', method: 'GET', publicUrl: 'https://backend.example', token, nonce });
      expect(await validate(serviceAccess(), { token, proof, ...target })).toMatchObject({
        authorized: true,
        proofChecked: true,
      });
      expect(await validate(serviceAccess(), { token, proof, ...target })).toMatchObject({ message: 'proof_validation_failed' });
    });
  });

  it('of fifty requests with one proof at once, one is answered', async () => {
    const { holder: visitor, token } = await begin();
    const dpop = await visitor.proof({ path: paths.refresh, token });
    const answers = await Promise.all(Array.from({ length: 50 }, () => refreshWith(token, dpop)));
    expect(answers.filter(({ status }) => status === 200).length).toBe(1);
    expect(answers.filter(({ body }) => body.code === 'invalid_dpop_proof').length).toBe(49);
  });

  it('htu is the path as requested, under any of the public addresses', async () => {
    const { holder: visitor, token } = await begin();
    const alias = '/V2/webchat/TOKENS/refresh';
    const send = (dpop: string) =>
      ask(baseUrl, `${alias}?x=1`, { headers: { ...chromeOnMac, dpop }, body: { deploymentKey, token } });
    expect((await send(await visitor.proof({ path: alias, token, publicUrl: otherUrl }))).status).toBe(200);
    expect((await send(await visitor.proof({ path: `${alias}?x=1`, token }))).status).toBe(200);
    const canonical = await send(await visitor.proof({ path: '/v2/Webchat/Tokens/Refresh', token }));
    expectRefusal(canonical, 'invalid_dpop_proof', url, notValid);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('a client whose clock is an hour %s works', async (_, differenceMs) => {
    const wrong = Date.now() + differenceMs;
    vi.useFakeTimers({ toFake: ['Date'], now: wrong });
    try {
      const { holder: visitor, token } = await begin();
      expect((await visitor.post(paths.refresh, { deploymentKey, token })).status).toBe(200);
      expect((await visitor.post(paths.end, { deploymentKey, token })).status).toBe(204);
    } finally {
      vi.useRealTimers();
    }
  });

  it('the proof is judged before the fingerprint, and neither replaces the other', async () => {
    const { holder: visitor, token } = await begin();
    expectRefusal(await refreshToken(baseUrl, deploymentKey, token, firefoxOnWindows), 'invalid_dpop_proof', url, notValid);
    for (let count = 0; count < 6; count += 1) {
      const answer = await visitor.post(paths.refresh, { deploymentKey, token }, firefoxOnWindows);
      expectRefusal(answer, 'invalid_fingerprint', url, notValid);
    }
    // Refusals by fingerprint never end a session that has a key.
    expect((await visitor.post(paths.refresh, { deploymentKey, token })).status).toBe(200);
  });

  it('a key binds sessions where the flag is off as well', async () => {
    const visitor = await holder();
    const { body } = await visitor.post(paths.create, { deploymentKey: keys.flagOff }, {});
    const refused = await refreshToken(baseUrl, keys.flagOff, body.token, {});
    expectRefusal(refused, 'invalid_dpop_proof', url, notValid);
    expect((await visitor.post(paths.refresh, { deploymentKey: keys.flagOff, token: body.token }, {})).status).toBe(200);
  });

  it('every answer to a POST brings a nonce, whatever was asked', async () => {
    const { token } = await begin();
    const json = { 'content-type': 'application/json' };
    const answers = {
      created: await createToken(baseUrl, deploymentKey),
      refreshed: await refreshToken(baseUrl, deploymentKey, (await createToken(baseUrl, deploymentKey)).body.token),
      'invalid token': await refreshToken(baseUrl, deploymentKey, 'nonsense'),
      'invalid proof': await refreshToken(baseUrl, deploymentKey, token),
      'no such deployment': await createToken(baseUrl, keys.optional.replace(/.$/, 'f')),
      'no signals': await createToken(baseUrl, deploymentKey, {}),
      'no key': await ask(baseUrl, paths.create, { body: {} }),
      'no JSON': await ask(baseUrl, paths.refresh, { headers: json, body: '{' }),
      'too large': await ask(baseUrl, paths.end, { headers: json, body: 'x'.repeat(17 * 1024) }),
      'no media type': await ask(baseUrl, paths.init, { body: 'x' }),
    };
    for (const [what, { headers }] of Object.entries(answers)) expect(headers['dpop-nonce'], what).toMatch(nonceShape);
  });
});
