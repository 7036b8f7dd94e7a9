// Project Wycheproof's vectors through the real code: no forgery accepted, nothing genuine refused.

import { createPublicKey, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hkdfSha256 } from '../keys/hkdf.ts';
import { testKeyRing } from '../testing/fixtures.ts';
import { present, readVectors, testVectorsPresent } from '../testing/wycheproof.ts';
import { decrypt, open } from './open.ts';
import { readToken } from './read-token.ts';
import { ivBytes, tagBytes } from './seal.ts';
import { tokenKey } from './token-key.ts';
import { verifySignature } from './verify-signed.ts';

const hexToBase64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');

testVectorsPresent();

describe.runIf(present)('Wycheproof', () => {
  test('AES-GCM: exactly the valid vectors of 256-bit keys, 96-bit vectors and 128-bit tags decrypt', () => {
    const { testGroups, numberOfTests } = readVectors<
      { ivSize: number; keySize: number; tagSize: number },
      { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
    >('aes_gcm_test.json');
    let seen = 0;
    let opened = 0;
    for (const group of testGroups) {
      const ours = group.keySize === 256 && group.ivSize === ivBytes * 8 && group.tagSize === tagBytes * 8;
      for (const vector of group.tests) {
        seen += 1;
        const secret = createSecretKey(Buffer.from(vector.key, 'hex'));
        if (group.keySize !== 256) {
          expect(() => tokenKey('vector', secret), `vector ${vector.tcId}`).toThrow(RangeError);
          continue;
        }
        // The vector's own additional data takes the place of the header's.
        const key = { ...tokenKey('vector', secret), additionalData: Buffer.from(vector.aad, 'hex') };
        const token = `${key.encodedHeader}..${[vector.iv, vector.ct, vector.tag].map(hexToBase64url).join('.')}`;
        const expected = ours && vector.result === 'valid' ? vector.msg : undefined;
        expect(decrypt(token, key)?.toString('hex'), `vector ${vector.tcId}`).toBe(expected);
        if (expected !== undefined) opened += 1;
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(opened).toBeGreaterThan(20);
  });

  test('JWE: every vector is refused, even by a key ring that has its key for any id', async () => {
    const { testGroups, numberOfTests } = readVectors<{ private: { k?: string } }, { jwe: unknown }>(
      'json_web_encryption_test.json',
    );
    const keyRing = await testKeyRing();
    let seen = 0;
    for (const group of testGroups) {
      const bytes = Buffer.from(group.private.k ?? '', 'base64url');
      const secret = createSecretKey(bytes.length === 32 ? bytes : Buffer.alloc(32));
      const obliging = { openingKey: (keyId: string) => tokenKey(keyId, secret), keyVerified: () => undefined };
      for (const { tcId, jwe } of group.tests) {
        seen += 1;
        const text = typeof jwe === 'string' ? jwe : JSON.stringify(jwe);
        expect(open(text, keyRing), `vector ${tcId}`).toBeUndefined();
        expect(open(text, obliging), `vector ${tcId}`).toBeUndefined();
      }
    }
    expect(seen).toBe(numberOfTests);
  });

  test('HKDF-SHA256: every vector gives its key, and none is given beyond the length that the RFC allows', () => {
    const { testGroups, numberOfTests } = readVectors<
      unknown,
      { ikm: string; salt: string; info: string; size: number; okm: string }
    >('hkdf_sha256_test.json');
    let seen = 0;
    for (const { tests } of testGroups) {
      for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
        seen += 1;
        const derive = () =>
          hkdfSha256(createSecretKey(Buffer.from(ikm, 'hex')), Buffer.from(salt, 'hex'), Buffer.from(info, 'hex'), size);
        if (result === 'valid') expect(derive().export().toString('hex'), `vector ${tcId}`).toBe(okm);
        else expect(derive, `vector ${tcId}`).toThrow();
      }
    }
    expect(seen).toBe(numberOfTests);
  });

  test('Ed25519: exactly the valid signatures verify', () => {
    const { testGroups, numberOfTests } = readVectors<
      { publicKeyJwk: { kty: string; crv: string; x: string } },
      { msg: string; sig: string }
    >('ed25519_test.json');
    let seen = 0;
    let verified = 0;
    for (const { publicKeyJwk, tests } of testGroups) {
      const publicKey = createPublicKey({ key: publicKeyJwk, format: 'jwk' });
      for (const { tcId, msg, sig, result } of tests) {
        seen += 1;
        const isValid = verifySignature(Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex'), publicKey);
        expect(isValid, `vector ${tcId}`).toBe(result === 'valid');
        if (isValid) verified += 1;
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(verified).toBeGreaterThan(80);
  });

  test.each(['json_web_signature_test.json', 'json_web_key_test.json'])(
    'JWS (%s): none has an algorithm of ours; every vector is refused, even where its header names our key',
    async (name) => {
      const { testGroups, numberOfTests } = readVectors<unknown, { jws: unknown }>(name);
      const keyRing = await testKeyRing();
      const key = keyRing.signingKey();
      let seen = 0;
      for (const { tests } of testGroups) {
        for (const { tcId, jws } of tests) {
          seen += 1;
          const text = typeof jws === 'string' ? jws : JSON.stringify(jws);
          expect(readToken(text, keyRing), `vector ${tcId}`).toBeUndefined();
          const claimingOurs = key.encodedHeader + text.slice(Math.max(0, text.indexOf('.')));
          expect(readToken(claimingOurs, keyRing), `vector ${tcId}`).toBeUndefined();
        }
      }
      expect(seen).toBe(numberOfTests);
    },
  );
});
