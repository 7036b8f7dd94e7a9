// What a backend outside can ask, over every way in which the services can be spread: whether a token counts, what it is,
// what was revoked, and whether a proxy should let a request through.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operate } from '../cli/operator.ts';
import { declared, deploymentKeys } from '../topology/declared-deployments.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, ask, chromeOnMac, createToken } from '../topology/visitor.ts';

const [account, otherAccount] = declared.accounts.map(({ sid }) => sid ?? '') as [string, string];
const { restricted, secured, unsecured, otherAccount: otherKey } = deploymentKeys;
const routes = {
  validate: '/v1/ScopedAuthTokens/validate',
  introspect: '/v1/ScopedAuthTokens/introspect',
  feed: '/v1/Revocations',
  verify: '/v1/verify',
} as const;
const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe.each(topologyNames)('over %s', (name) => {
  let topology: Topology;
  let serviceUrl: string;
  let credential: string;
  let authorization: string;
  const scopedAuth = () => topology.processOf('scoped-auth');
  const create = async (key: string, headers: Readonly<Record<string, string>> = chromeOnMac) =>
    String((await createToken(topology.publicUrl, key, headers)).body.token);
  const makeBackend = async (...accounts: string[]) => {
    const flags = accounts.flatMap((sid) => ['--account', sid]);
    return (await operate(scopedAuth(), 'backends', 'create', 'a test', ...flags)).split('\n', 1)[0] ?? '';
  };

  beforeAll(async () => {
    topology = await startTopology(name);
    serviceUrl = scopedAuth().serviceUrl ?? '';
    credential = await makeBackend(account);
    authorization = `Bearer ${credential}`;
  });
  afterAll(() => topology.close());

  const post = (path: string, body: Record<string, unknown> | string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(serviceUrl, path, { headers: { authorization, ...headers }, body });

  it('validate answers a backend for its accounts; a refresh is not for it', async () => {
    const [own, foreign] = [await create(secured), await create(otherKey)];
    expect((await post(routes.validate, { token: own })).body).toMatchObject({
      authorized: true,
      auth_account: { account_sid: account },
    });
    expect((await post(routes.validate, { token: foreign })).body).toEqual({
      ...{ authorized: false, message: 'token_validation_failed' },
      dpopNonce: expect.any(String),
    });
    expect((await post(routes.validate, { token: own, purpose: 'refresh' })).body.code).toBe('caller_not_allowed');
    const both = `Bearer ${await makeBackend(account, otherAccount)}`;
    for (const token of [own, foreign]) {
      expect((await post(routes.validate, { token }, { authorization: both })).body.authorized).toBe(true);
    }
  });

  it('introspection takes a form or JSON, and says nothing of what is not the backend’s', async () => {
    const grantedTo = await create(restricted, { ...chromeOnMac, origin: 'https://www.owlbikes.example' });
    const asForm = await post(
      routes.introspect,
      new URLSearchParams({ token: grantedTo, token_type_hint: 'access_token' }).toString(),
      form,
    );
    expect(asForm.body).toMatchObject({ active: true, aud: account, scope: 'chat upload', token_type: 'Bearer' });
    expect(asForm.headers['cache-control']).toBe('no-store');
    expect((await post(routes.introspect, { token: grantedTo })).body).toEqual(asForm.body);
    const foreign = await create(otherKey);
    for (const token of [foreign, 'no token', 'x'.repeat(20_000)]) {
      const { status, body } = await post(routes.introspect, new URLSearchParams({ token }).toString(), form);
      expect([status, body]).toEqual([200, { active: false }]);
    }
    expect((await post(routes.introspect, '', form)).body.code).toBe('invalid_request');
    expect((await post(routes.introspect, 'token=a&token=b', form)).body.code).toBe('invalid_request');
  });

  it('the feed tells a revocation when its command has ended, and introspection goes by it', async () => {
    const token = await create(secured);
    const { sid } = (await post(routes.introspect, { token })).body;
    const read = async (after: unknown) =>
      (await ask(serviceUrl, `${routes.feed}?after=${after}`, { method: 'GET', headers: { authorization } })).body;
    const before = await read(0);
    expect(before.more).toBe(false);
    await operate(scopedAuth(), 'revoke', 'session', String(sid), '--reason', 'a test');
    await operate(scopedAuth(), 'revoke', 'account', `AC${'f'.repeat(32)}`, '--reason', 'nobody knows it');
    const { revocations, next, more, asOf } = await read(before.next);
    expect(revocations).toEqual([
      { sequence: expect.any(Number), kind: 'session', subject: sid, cutoff: null, expiresAt: expect.any(String) },
    ]);
    expect([await read(next), more]).toMatchObject([{ revocations: [], next }, false]);
    expect(Math.abs(Date.parse(String(asOf)) - Date.now())).toBeLessThan(10_000);
    expect((await post(routes.introspect, { token })).body).toEqual({ active: false });
    expect((await ask(serviceUrl, `${routes.feed}?after=x`, { method: 'GET', headers: { authorization } })).body.code).toBe(
      'invalid_request',
    );
  });

  it('whoever has no credential that counts is refused everywhere, and a backend asks nothing else', async () => {
    const revoked = await makeBackend(account);
    await operate(scopedAuth(), 'backends', 'revoke', revoked.split('_')[1] ?? '');
    const wrong = [
      undefined,
      '',
      `Bearer ${revoked}`,
      credential,
      `Basic ${credential}`,
      `Bearer ${credential}x`,
      `Bearer ${credential.slice(0, -43)}${'A'.repeat(43)}`,
    ];
    for (const shown of wrong) {
      const headers: Record<string, string> = shown === undefined ? {} : { authorization: shown };
      for (const [path, method] of [
        [routes.validate, 'POST'],
        [routes.introspect, 'POST'],
        [routes.feed, 'GET'],
      ] as const) {
        const { status, body } = await ask(serviceUrl, path, {
          method,
          headers,
          ...(method === 'POST' && { body: { token: 'x' } }),
        });
        expect([path, shown, status, body.code]).toEqual([path, shown, 403, 'caller_not_allowed']);
      }
    }
    for (const path of ['/v1/ScopedAuthTokens/generate/internal', '/v1/Revocations/internal', '/v1/Proofs/verify']) {
      expect((await post(path, {})).body.code).toBe('caller_not_allowed');
    }
  });

  describe('a proxy', () => {
    const askUrl = 'https://chat.example/ask?q=1';
    const original = { 'x-original-method': 'POST', 'x-original-url': askUrl };
    const verify = (headers: Record<string, string>, path: string = routes.verify, method = 'GET') =>
      ask(serviceUrl, path, { method, headers: { 'x-gangway-credential': credential, ...headers } });

    it('is told who the visitor is, in headers that are all there', async () => {
      const { body } = await createToken(topology.publicUrl, unsecured);
      const { status, headers, text } = await verify({ authorization: `Bearer ${body.token}`, ...original });
      expect([status, text]).toEqual([200, '']);
      expect(headers).toMatchObject({
        'x-gangway-identity': body.identity,
        'x-gangway-account': account,
        'x-gangway-deployment': expect.stringMatching(/^DP[0-9a-f]{32}$/),
        'x-gangway-session': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-gangway-grants': JSON.stringify(body.roles),
        'x-gangway-fingerprint-checked': 'false',
        'x-gangway-proof-checked': 'false',
        'x-gangway-code': '',
        'cache-control': 'no-store',
      });
    });

    it('is told why a request must not pass', async () => {
      const [token, foreign] = [await create(unsecured), await create(otherKey)];
      const cases: [Record<string, string>, number, string][] = [
        [{}, 401, 'invalid_token'],
        [{ authorization: 'Bearer nothing' }, 401, 'invalid_token'],
        [{ authorization: `Basic ${token}` }, 401, 'invalid_token'],
        [{ authorization: `Bearer ${foreign}` }, 401, 'invalid_token'],
        [{ authorization: `Bearer ${token}`, 'x-gangway-credential': '' }, 403, 'caller_not_allowed'],
        [{ authorization: `Bearer ${token}`, 'x-gangway-credential': `${credential}x` }, 403, 'caller_not_allowed'],
        [{ authorization, 'x-gangway-credential': 'x' }, 403, 'caller_not_allowed'],
      ];
      for (const [headers, status, code] of cases) {
        const answer = await verify(headers);
        expect([answer.status, answer.body.code, answer.headers['x-gangway-code']]).toEqual([status, code, code]);
        expect(answer.headers['x-gangway-identity']).toBeUndefined();
        if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^(Bearer|DPoP) error="invalid_token"/);
      }
    });

    it('a bound token needs a proof for the visitor’s own request, which counts once; as Bearer it never passes', async () => {
      const holder = await createProofHolder(topology.publicUrl);
      const created = await holder.post('/v2/Webchat/Token', { deploymentKey: unsecured });
      const token = String(created.body.token);
      const target = { path: '/ask', publicUrl: 'https://chat.example', token };
      const nonce = created.headers['dpop-nonce']?.toString();
      const prove = (changes: object = {}) => holder.proof({ ...target, nonce, ...changes });
      const dpop = { authorization: `DPoP ${token}` };
      const codeOf = async (headers: Record<string, string>, path?: string, method?: string) => {
        const answer = await verify(headers, path, method);
        return answer.status === 200 ? answer.headers['x-gangway-proof-checked'] : answer.headers['x-gangway-code'];
      };

      expect(await codeOf({ ...dpop, ...original })).toBe('invalid_dpop_proof');
      expect(await codeOf({ authorization: `Bearer ${token}`, ...original, dpop: await prove() })).toBe('invalid_dpop_proof');
      expect(await codeOf({ ...dpop, dpop: await prove() })).toBe('invalid_dpop_proof');
      expect(await codeOf({ ...dpop, ...original, dpop: await prove({ path: '/other' }) })).toBe('invalid_dpop_proof');
      expect(await codeOf({ ...dpop, ...original, dpop: await prove({ method: 'GET' }) })).toBe('invalid_dpop_proof');
      expect(await codeOf({ ...dpop, ...original, 'x-forwarded-uri': '/x', dpop: await prove() })).toBe('invalid_dpop_proof');
      const withoutNonce = await verify({ ...dpop, ...original, dpop: await prove({ nonce: undefined }) });
      expect([withoutNonce.status, withoutNonce.body.code]).toEqual([401, 'use_dpop_nonce']);
      expect(withoutNonce.headers['www-authenticate']).toBe('DPoP error="use_dpop_nonce", algs="ES256"');
      expect(withoutNonce.headers['dpop-nonce']).toEqual(expect.any(String));

      const proof = await prove();
      expect(await codeOf({ ...dpop, ...original, dpop: proof })).toBe('true');
      expect(await codeOf({ ...dpop, ...original, dpop: proof })).toBe('invalid_dpop_proof');
      const forwarded = { 'x-forwarded-method': 'POST', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example' };
      expect(await codeOf({ ...dpop, ...forwarded, 'x-forwarded-uri': '/ask?q=2', dpop: await prove() })).toBe('true');
      const envoy = { host: 'chat.example', 'x-forwarded-proto': 'https', 'content-length': '0' };
      expect(await codeOf({ ...dpop, ...envoy, dpop: await prove() }, '/v1/verify/ask?q=3', 'POST')).toBe('true');
    });

    it('the edge does not verify for proxies', async () => {
      const headers = { 'x-gangway-credential': credential };
      for (const path of [routes.verify, '/v1/verify/ask', '/V1/Verify']) {
        expect((await ask(topology.publicUrl, path, { method: 'GET', headers })).body.code).toBe('not_found');
      }
    });
  });

  it('no credential and no token is in anything that the processes wrote', () => {
    expect(topology.output()).not.toContain(credential.slice(-43));
  });
});
