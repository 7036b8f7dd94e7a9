// Signed tokens: everybody can read them but for the device, and the front door admits nothing that was not signed here.

import { createHmac, randomBytes } from 'node:crypto';
import { decodeFingerprint } from '@gangway/contracts/fingerprint';
import { tokenLengthMax } from '@gangway/contracts/scoped-auth';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64urlAlphabet, testAlterations } from '../testing/altered-tokens.ts';
import { claims, signals, testKeyRing } from '../testing/fixtures.ts';
import { encodeClaims } from './claims.ts';
import { open } from './open.ts';
import { readToken } from './read-token.ts';
import { seal } from './seal.ts';
import { openFingerprint, sealFingerprint } from './sealed-fingerprint.ts';
import { sign, signText } from './sign.ts';
import type { SigningKey } from './signing-key.ts';
import { verifySigned } from './verify-signed.ts';

const keyRing = await testKeyRing();
const key = keyRing.signingKey();
const token = sign(claims, key);
const encrypted = seal(claims, keyRing.sealingKey(), randomBytes(12));
const { fpt: _fpt, ...unbound } = claims;

function expectRefused(text: string): void {
  if (text !== token) expect(verifySigned(text, keyRing)).toBeUndefined();
}
const payloadOf = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());

describe('a signed token', () => {
  test('verifies to the claims that went in, bound to a browser or not', () => {
    expect(verifySigned(token, keyRing)).toEqual(claims);
    expect(verifySigned(sign(unbound, key), keyRing)).toEqual(unbound);
  });

  test('verifies on every node, also after a restart', async () => {
    const { memoryRootKeyStore } = await import('../testing/fixtures.ts');
    const store = memoryRootKeyStore();
    const before = await testKeyRing({ store });
    const old = sign(claims, before.signingKey());
    const after = await testKeyRing({ store });
    expect(verifySigned(old, after)).toEqual(claims);
    expect(after.signingKey().keyId).toBe(before.signingKey().keyId);
    expect(verifySigned(old, keyRing)).toBeUndefined();
  });

  test('has a header that shows the key alone', () => {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: key.keyId });
  });

  test('carries all claims in the open except the signals, of which nothing shows', () => {
    const { fpt, ...rest } = payloadOf(token);
    expect(rest).toEqual(unbound);
    expect(fpt).not.toBe(claims.fpt);
    expect(decodeFingerprint(fpt)).toBeUndefined();
    const bytes = Buffer.from(fpt, 'base64url').toString('latin1');
    for (const value of Object.values(signals).filter((one) => typeof one === 'string')) expect(bytes).not.toContain(value);
  });

  test('hides equal signals differently each time, and bound to its own id', () => {
    const sealed = new Set(Array.from({ length: 1000 }, () => payloadOf(sign(claims, key)).fpt));
    expect(sealed.size).toBe(1000);
    const one = sealFingerprint(key, claims.jti, 'abc');
    expect(openFingerprint(key, claims.jti, one)).toBe('abc');
    expect(openFingerprint(key, claims.sid, one)).toBeUndefined();
  });
});

test('either kind of token is read, and neither door opens for the other kind', () => {
  expect(readToken(token, keyRing)).toEqual(claims);
  expect(readToken(encrypted, keyRing)).toEqual(claims);
  expect(open(token, keyRing)).toBeUndefined();
  expect(verifySigned(encrypted, keyRing)).toBeUndefined();
  expect(readToken(`${token}x`, keyRing)).toBeUndefined();
});

describe('a signed token that was altered is refused:', () => {
  testAlterations(token, expectRefused);

  test('every single character, replaced by another', () => {
    for (let at = 0; at < token.length; at += 1) {
      const other = base64urlAlphabet[(base64urlAlphabet.indexOf(token[at] ?? '') + 1 + (at % 63)) % 64] ?? 'A';
      expectRefused(token.slice(0, at) + other + token.slice(at + 1));
      expectRefused(`${token.slice(0, at)}.${token.slice(at + 1)}`);
    }
  });

  test('every other text of the last characters of each part', () => {
    let aliases = 0;
    for (const [at, part] of token.split('.').entries()) {
      for (const other of base64urlAlphabet) {
        const alias = part.slice(0, -1) + other;
        if (alias !== part && Buffer.from(alias, 'base64url').equals(Buffer.from(part, 'base64url'))) aliases += 1;
        expectRefused(token.split('.').with(at, alias).join('.'));
      }
    }
    expect(aliases).toBeGreaterThan(0);
  });

  test('parts swapped, taken from another token, empty, or of another number', () => {
    const parts = token.split('.');
    const others = sign({ ...claims, gen: 1 }, key).split('.');
    for (let one = 0; one < 3; one += 1) {
      for (let other = 0; other < 3; other += 1) {
        expectRefused(parts.with(one, parts[other] ?? '').join('.'));
      }
      if (one > 0) expectRefused(parts.with(one, others[one] ?? '').join('.'));
      expectRefused(parts.toSpliced(one, 1).join('.'));
      expectRefused(parts.toSpliced(one, 0, '').join('.'));
      expectRefused(parts.with(one, '').join('.'));
    }
  });
});

describe('what was not signed as it should be is refused:', () => {
  const withHeader = (json: string): SigningKey => ({ ...key, encodedHeader: Buffer.from(json).toString('base64url') });
  const header = (more = '') => `{"alg":"EdDSA","typ":"gangway-signed+jwt","kid":"${key.keyId}"${more}}`;

  test('the header as it is written, is the one that is admitted', () => {
    expect(verifySigned(sign(claims, withHeader(header())), keyRing)).toEqual(claims);
  });

  test.each([
    ['alg none', header().replace('EdDSA', 'none')],
    ['alg Ed25519', header().replace('EdDSA', 'Ed25519')],
    ['alg HS256', header().replace('EdDSA', 'HS256')],
    ['alg ES256', header().replace('EdDSA', 'ES256')],
    ['typ JWT', header().replace('gangway-signed+jwt', 'JWT')],
    ['typ of the other kind', header().replace('gangway-signed+jwt', 'gangway-encrypted+jwt')],
    ['no typ', `{"alg":"EdDSA","kid":"${key.keyId}"}`],
    ['no kid', '{"alg":"EdDSA","typ":"gangway-signed+jwt"}'],
    ['a key of its own', header(',"jwk":{"kty":"OKP"}')],
    ['jku', header(',"jku":"https://attacker.example/jwks.json"')],
    ['crit', header(',"crit":["b64"],"b64":false')],
    ['b64', header(',"b64":false')],
    ['zip', header(',"zip":"DEF"')],
    ['white space', header().replaceAll(',', ', ')],
    ['a member smuggled through kid', header().replace(key.keyId, `x","zip":"DEF","kid":"${key.keyId}`)],
    ['an unknown kid', header().replace(key.keyId, 'AAAAAAAAAAAA')],
    ['the kid of an encryption key', header().replace(key.keyId, keyRing.sealingKey().keyId)],
    ['an empty object', '{}'],
    ['no JSON', 'alg=EdDSA'],
  ])('%s', (_name, json) => {
    expect(readToken(sign(claims, withHeader(json)), keyRing)).toBeUndefined();
  });

  test('our header, encoded otherwise', () => {
    for (const end of ['=', '\n', 'A', ' ']) {
      const alias = { ...key, encodedHeader: key.encodedHeader + end };
      expect(verifySigned(sign(claims, alias), keyRing)).toBeUndefined();
    }
  });

  test('a MAC with the public key as its secret (algorithm confusion)', () => {
    const { x = '' } = key.publicKey.export({ format: 'jwk' });
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    const input = `${key.encodedHeader}.${token.split('.')[1]}`;
    for (const secret of [Buffer.from(x, 'base64url'), x, pem]) {
      const mac = createHmac('sha512', secret).update(input).digest('base64url');
      expectRefused(`${input}.${mac}`);
    }
  });

  test('signatures of zeros, and without a signature', () => {
    const input = token.slice(0, token.lastIndexOf('.'));
    for (const bytes of [0, 1, 63, 64, 65, 128]) expectRefused(`${input}.${Buffer.alloc(bytes).toString('base64url')}`);
    expectRefused(input);
    expectRefused(`${input}.`);
  });

  test("somebody else's key", async () => {
    const stranger = (await testKeyRing()).signingKey();
    expectRefused(sign(claims, { ...stranger, encodedHeader: key.encodedHeader }));
  });
});

describe('claims are exact:', () => {
  test.each<[string, unknown]>([
    ['another issuer', { ...unbound, iss: 'https://issuer.example' }],
    ['no expiration', { ...unbound, exp: undefined }],
    ['a claim that this version does not know', { ...unbound, admin: true }],
    ['signals in the open', claims],
    ['signals that are no text', { ...claims, fpt: 7 }],
    ['signals that are null', { ...claims, fpt: null }],
    ['empty signals', { ...claims, fpt: '' }],
    ['signals that do not open', { ...claims, fpt: Buffer.alloc(100).toString('base64url') }],
    ['signals of another token', { ...claims, fpt: payloadOf(sign({ ...claims, jti: claims.sid }, key)).fpt }],
    ['signals of no encoding', { ...claims, fpt: sealFingerprint(key, claims.jti, '{"v":1}') }],
    ['no id with signals', { ...claims, jti: undefined }],
    ['an id that is no text', { ...claims, jti: { toString: 'x' } }],
    ['a list', [claims]],
    ['null', null],
    ['a number', 7],
  ])('%s is refused', (_name, value) => {
    expect(verifySigned(signText(JSON.stringify(value), key), keyRing)).toBeUndefined();
  });

  test('a text that is not JSON, or empty, is refused', () => {
    for (const text of ['', ' ', '{', `${encodeClaims(unbound)}x`]) {
      expect(verifySigned(signText(text, key), keyRing)).toBeUndefined();
    }
  });
});

describe('hostile input is refused and never throws:', () => {
  test('random texts, and random parts in the right places', () => {
    const part = fc.string({ unit: fc.constantFrom(...base64urlAlphabet), maxLength: 100 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), part), fc.array(part, { maxLength: 5 }), (text, parts) => {
        expectRefused(text);
        expectRefused(parts.join('.'));
        expectRefused([key.encodedHeader, ...parts].join('.'));
      }),
      { numRuns: 1000 },
    );
  });

  test('a text longer than the bound is refused before a key is looked for', () => {
    const asked: string[] = [];
    const watching = {
      verifyingKey: (keyId: string) => {
        asked.push(keyId);
        return keyRing.verifyingKey(keyId);
      },
    };
    expect(verifySigned(signText('x'.repeat(tokenLengthMax), key), watching)).toBeUndefined();
    expect(verifySigned('a.'.repeat(5_000_000), watching)).toBeUndefined();
    expect(asked).toEqual([]);
    verifySigned(token, watching);
    expect(asked).toEqual([key.keyId]);
  });
});

test('a signing key shows no secret when it is logged or made JSON', async () => {
  const { d = '' } = key.privateKey.export({ format: 'jwk' });
  const { inspect } = await import('node:util');
  for (const text of [JSON.stringify({ keyRing, key }), inspect({ keyRing, key }, { depth: 9 })]) {
    expect(text).not.toContain(d);
    expect(text).not.toContain(Buffer.from(d, 'base64url').toString('hex'));
  }
});
