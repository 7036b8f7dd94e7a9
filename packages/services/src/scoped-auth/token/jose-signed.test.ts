// Two implementations agree on signed tokens: jose verifies ours with nothing but the published keys, we verify jose's.

import { randomBytes } from 'node:crypto';
import { type CompactJWSHeaderParameters, CompactSign, createLocalJWKSet, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { rotateKeys } from '../operate-keys.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from '../testing/fixtures.ts';
import { encodeClaims } from './claims.ts';
import { seal } from './seal.ts';
import { sign } from './sign.ts';
import { verifySigned } from './verify-signed.ts';

const clock = fakeClock();
const store = memoryRootKeyStore();
const policy = { publishedSecondsMin: 10, tokenLifeSecondsMax: 3600 };
const keyRing = await testKeyRing({ clock, store, policy });
const key = keyRing.signingKey();
const ourHeader = { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: key.keyId };
const { fpt: _fpt, ...unbound } = claims;
const expected = { issuer: 'gangway', audience: claims.aud, typ: 'gangway-signed+jwt', algorithms: ['EdDSA'] };

/** What a verifier elsewhere has: the published keys, as they were when it fetched them. */
function verifierWith(jwks = keyRing.publishedKeys()) {
  const keys = createLocalJWKSet(JSON.parse(JSON.stringify(jwks)));
  return (token: string) => jwtVerify(token, keys, { ...expected, currentDate: new Date(clock.now()) });
}

function signWithJose(header: CompactJWSHeaderParameters, privateKey: Parameters<CompactSign['sign']>[0] = key.privateKey) {
  return new CompactSign(Buffer.from(encodeClaims(unbound))).setProtectedHeader(header).sign(privateKey);
}

test('jose verifies our tokens with the published keys', async () => {
  const { payload, protectedHeader } = await verifierWith()(sign(claims, key));
  expect(payload).toEqual({ ...claims, fpt: payload.fpt });
  expect(payload.fpt).not.toBe(claims.fpt);
  expect(protectedHeader).toEqual(ourHeader);
});

test('we verify tokens that jose signed under our header', async () => {
  expect(verifySigned(await signWithJose(ourHeader), keyRing)).toEqual(unbound);
});

test('jose refuses what we refuse: an altered token, an encrypted one', async () => {
  const verify = verifierWith();
  const token = sign(claims, key);
  const [header = '', , signature = ''] = token.split('.');
  await expect(verify(`${header}.${Buffer.from(encodeClaims(unbound)).toString('base64url')}.${signature}`)).rejects.toThrow();
  await expect(verify(seal(claims, keyRing.sealingKey(), randomBytes(12)))).rejects.toThrow();
});

describe('tokens that jose signed otherwise are refused:', () => {
  test.each<[string, CompactJWSHeaderParameters]>([
    ['no typ', { alg: 'EdDSA', kid: key.keyId }],
    ['typ JWT', { ...ourHeader, typ: 'JWT' }],
    ['typ with its prefix', { ...ourHeader, typ: 'application/gangway-signed+jwt' }],
    ['no kid', { alg: 'EdDSA', typ: ourHeader.typ }],
    ['another order', { kid: key.keyId, typ: ourHeader.typ, alg: 'EdDSA' }],
    ['one member more', { ...ourHeader, cty: 'JWT' }],
    ['a key of its own', { ...ourHeader, jwk: key.publicKey.export({ format: 'jwk' }) }],
    ['the algorithm by its other name', { ...ourHeader, alg: 'Ed25519' }],
  ])('%s', async (_name, header) => {
    expect(verifySigned(await signWithJose(header), keyRing)).toBeUndefined();
  });

  test.each(['EdDSA', 'ES256', 'RS256', 'PS256'])("somebody else's %s key", async (alg) => {
    const { privateKey } = await generateKeyPair(alg);
    expect(verifySigned(await signWithJose({ ...ourHeader, alg }, privateKey), keyRing)).toBeUndefined();
  });

  test('HS256', async () => {
    expect(verifySigned(await signWithJose({ ...ourHeader, alg: 'HS256' }, randomBytes(32)), keyRing)).toBeUndefined();
  });
});

describe('the published keys', () => {
  test('say kty, crv, x, kid, use and alg of each key, and nothing private', () => {
    const { keys } = keyRing.publishedKeys();
    expect(keys).toHaveLength(2);
    for (const one of keys) {
      expect(Object.keys(one)).toEqual(['kty', 'crv', 'x', 'kid', 'use', 'alg']);
      expect(one).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' });
      expect(Buffer.from(one.x, 'base64url')).toHaveLength(32);
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  test('are there before they sign, and until their last token is dead', async () => {
    const fetchedBefore = verifierWith();
    const old = sign(claims, keyRing.signingKey());
    clock.advanceSeconds(10);
    await rotateKeys({ store, clock, kek: testKek(), policy, keyRing });
    const anew = sign(claims, keyRing.signingKey());
    expect(keyRing.signingKey().keyId).not.toBe(key.keyId);
    // Verifiers that fetched the keys before the rotation, and others after it.
    for (const verify of [fetchedBefore, verifierWith()]) {
      for (const token of [old, anew]) expect((await verify(token)).payload.sub).toBe(claims.sub);
    }
    expect(keyRing.publishedKeys().keys).toHaveLength(3);
    clock.advanceSeconds(3609);
    await keyRing.tend();
    expect(keyRing.publishedKeys().keys.map(({ kid }) => kid)).toContain(key.keyId);
    clock.advanceSeconds(1);
    await keyRing.tend();
    expect(keyRing.publishedKeys().keys.map(({ kid }) => kid)).not.toContain(key.keyId);
    expect(verifySigned(old, keyRing)).toBeUndefined();
  });
});
