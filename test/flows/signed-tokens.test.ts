// Deployments whose tokens are signed instead of encrypted, over every topology: anyone verifies them with the published
// keys, nobody reads the browser's signals in them, and everything else is as with the others.

import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { ask, chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { endSession, init, paths, validate } from '../topology/visitor-session.ts';

const { declaration, accountSid, deploymentSids, keys } = declare({ signed: { encrypt: false }, encrypted: {} });
const notValid = { valid: false };

describe.each(topologyNames)('signed tokens, %s', (name) => {
  let topology: Topology;
  let url: string;
  beforeAll(async () => {
    topology = await startTopology(name, declaration);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const begin = async () => (await createToken(url, keys.signed)).body;
  const judge = (input: object) =>
    validate({ ...topology.processOf('scoped-auth'), serviceSecret: topology.serviceSecret }, { ...input });
  const publishedKeys = async () => {
    const answer = await ask(url, '/.well-known/jwks.json', { method: 'GET' });
    return { answer, jwks: answer.body as unknown as JSONWebKeySet };
  };

  it('jose verifies them with the published keys', async () => {
    const { token, identity, expiration } = await begin();
    const { answer, jwks } = await publishedKeys();
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/jwk-set\+json\b/),
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
    });
    const { payload, protectedHeader } = await jwtVerify(String(token), createLocalJWKSet(jwks), {
      algorithms: ['EdDSA'],
      issuer: 'gangway',
      audience: accountSid,
      typ: 'gangway-signed+jwt',
    });
    expect(payload).toMatchObject({ sub: identity, dep: deploymentSids.signed, grants: [{ grant: 'chat' }], gen: 0 });
    expect(new Date((payload.exp ?? 0) * 1000).toISOString()).toBe(expiration);
    expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ']);
  });

  it('the published keys are public ones', async () => {
    const { jwks } = await publishedKeys();
    expect(jwks.keys.length).toBeGreaterThan(0);
    for (const key of jwks.keys) {
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: expect.any(String), kid: expect.any(String) });
      for (const secret of ['d', 'k', 'p', 'q']) expect(key).not.toHaveProperty(secret);
    }
  });

  it('they show no signal of the browser', async () => {
    const { token } = await begin();
    const { body } = await refreshToken(url, keys.signed, token);
    const sealed = new Set<unknown>();
    for (const each of [token, body.token]) {
      const claims = decodeJwt(String(each));
      sealed.add(claims.fpt);
      const shown = `${JSON.stringify(claims)}${JSON.stringify(decodeProtectedHeader(String(each)))}`;
      const decoded = Buffer.from(String(claims.fpt), 'base64url').toString('latin1');
      for (const signal of ['1767225600000', 'loginTimestamp', 'chrome', 'macos', 'en-gb', 'decoders', 'eyJ2IjoxL']) {
        expect((shown + decoded).toLowerCase()).not.toContain(signal.toLowerCase());
      }
    }
    expect(sealed.size, 'the same signals look different in each token').toBe(2);
  });

  it('are refreshed, judged by the browser, ended and taken up by Init as the encrypted ones are', async () => {
    const { token, identity } = await begin();
    expectRefusal(await refreshToken(url, keys.signed, token, firefoxOnWindows), 'invalid_fingerprint', url, notValid);
    const refreshed = await refreshToken(url, keys.signed, token);
    expect([refreshed.status, refreshed.body.identity]).toEqual([200, identity]);
    const taken = await init(url, keys.signed, { token: refreshed.body.token, identity });
    expect([taken.status, taken.body.identity]).toEqual([201, identity]);
    expect(await judge({ token: taken.body.token })).toMatchObject({ authorized: true, identity });
    expect((await endSession(url, keys.signed, taken.body.token)).status).toBe(204);
    expect(await judge({ token: taken.body.token })).toMatchObject({ authorized: false });
  });

  it('are bound to a key as the encrypted ones are, and say to which', async () => {
    const visitor = await createProofHolder(url);
    const { body } = await visitor.post(paths.create, { deploymentKey: keys.signed });
    expect(decodeJwt(String(body.token)).cnf).toEqual({ jkt: visitor.thumbprint });
    expectRefusal(await refreshToken(url, keys.signed, body.token), 'invalid_dpop_proof', url, notValid);
    expect((await visitor.post(paths.refresh, { deploymentKey: keys.signed, token: body.token })).status).toBe(200);
  });

  it('that were altered are refused', async () => {
    const [header = '', payload = '', signature = ''] = String((await begin()).token).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const { fpt: _signals, ...unbound } = claims;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const forged of [
      `${header}.${encode(unbound)}.${signature}`,
      `${header}.${encode({ ...claims, sub: crypto.randomUUID() })}.${signature}`,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'HS256', typ: 'gangway-signed+jwt' })}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
    ]) {
      expectRefusal(await refreshToken(url, keys.signed, forged, chromeOnMac), 'invalid_token', url, notValid);
      expect(await judge({ token: forged })).toMatchObject({ authorized: false, message: 'token_validation_failed' });
    }
  });

  it('of one deployment do not count in another', async () => {
    expectRefusal(await refreshToken(url, keys.encrypted, (await begin()).token), 'invalid_token', url, notValid);
  });
});
