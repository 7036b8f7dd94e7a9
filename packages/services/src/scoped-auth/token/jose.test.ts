// Two implementations agree: what is sealed here opens with jose, what jose seals under our header opens here.

import { randomBytes } from 'node:crypto';
import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { claims, testKeyRing } from '../testing/fixtures.ts';
import { encodeClaims } from './claims.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';

const keyRing = await testKeyRing();
const key = keyRing.sealingKey();
const ourHeader = { alg: 'dir', enc: 'A256GCM', typ: 'gangway-encrypted+jwt', kid: key.keyId };

function sealWithJose(header: CompactJWEHeaderParameters, secret: Uint8Array = key.secret.export()): Promise<string> {
  return new CompactEncrypt(Buffer.from(encodeClaims(claims))).setProtectedHeader(header).encrypt(secret);
}

test('jose opens our tokens', async () => {
  const token = seal(claims, key, randomBytes(12));
  const { plaintext, protectedHeader } = await compactDecrypt(token, key.secret.export());
  expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(claims);
  expect(protectedHeader).toEqual(ourHeader);
  expect(decodeProtectedHeader(token)).toEqual(ourHeader);
});

test('we open tokens that jose made under our header', async () => {
  expect(open(await sealWithJose(ourHeader), keyRing)).toEqual(claims);
});

test("a token that jose made under our header with somebody else's key is refused", async () => {
  expect(open(await sealWithJose(ourHeader, randomBytes(32)), keyRing)).toBeUndefined();
});

describe('tokens that jose made under another header are refused:', () => {
  test.each<[string, CompactJWEHeaderParameters]>([
    ['no typ', { alg: 'dir', enc: 'A256GCM', kid: key.keyId }],
    ['typ JWT', { ...ourHeader, typ: 'JWT' }],
    ['typ with its prefix', { ...ourHeader, typ: 'application/gangway-encrypted+jwt' }],
    ['no kid', { alg: 'dir', enc: 'A256GCM', typ: ourHeader.typ }],
    ['another order', { kid: key.keyId, typ: ourHeader.typ, enc: 'A256GCM', alg: 'dir' }],
    ['one member more', { ...ourHeader, cty: 'JWT' }],
    ['a key of its own', { ...ourHeader, jku: 'https://attacker.example/jwks.json' }],
    ['an unknown kid', { ...ourHeader, kid: key.keyId.replace(/^.{12}/, 'AAAAAAAAAAAA') }],
    ['another epoch', { ...ourHeader, kid: `${key.keyId}1` }],
    ['A256GCMKW', { ...ourHeader, alg: 'A256GCMKW' }],
    ['A256KW', { ...ourHeader, alg: 'A256KW' }],
    ['PBES2', { ...ourHeader, alg: 'PBES2-HS512+A256KW' }],
  ])('%s', async (_name, header) => {
    expect(open(await sealWithJose(header), keyRing)).toBeUndefined();
  });

  test('A128GCM and A256CBC-HS512 under keys of their lengths', async () => {
    expect(
      open(await sealWithJose({ ...ourHeader, enc: 'A128GCM' }, key.secret.export().subarray(0, 16)), keyRing),
    ).toBeUndefined();
    expect(open(await sealWithJose({ ...ourHeader, enc: 'A256CBC-HS512' }, randomBytes(64)), keyRing)).toBeUndefined();
  });
});
