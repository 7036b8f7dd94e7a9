// The front door opens what was sealed here, unaltered, and nothing else, whatever comes.

import { randomBytes } from 'node:crypto';
import { tokenLengthMax } from '@gangway/contracts/scoped-auth';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64urlAlphabet, testAlterations } from '../testing/altered-tokens.ts';
import { claims, testKeyRing } from '../testing/fixtures.ts';
import { type Claims, decodeClaims, encodeClaims } from './claims.ts';
import { type OpeningKeys, open } from './open.ts';
import { encrypt, seal } from './seal.ts';
import { type TokenKey, tokenKey } from './token-key.ts';

const keyRing = await testKeyRing();
const key = keyRing.sealingKey();
const token = seal(claims, key, randomBytes(12));
function expectRefused(text: string): void {
  if (text !== token) expect(open(text, keyRing)).toBeUndefined();
}

test('a sealed token opens to the claims that went in', () => {
  expect(open(token, keyRing)).toEqual(claims);
});

test('any claims survive sealing and opening', () => {
  const grant = fc
    .record({ grant: fc.string({ minLength: 1, maxLength: 16 }) })
    .chain((base) =>
      fc
        .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
        .map((more) => ({ ...more, ...base })),
    );
  const anyClaims: fc.Arbitrary<Claims> = fc
    .record({
      sub: fc.uuid(),
      jti: fc.uuid(),
      iat: fc.nat(),
      exp: fc.nat(),
      gen: fc.nat(),
      rfu: fc.maxSafeNat(),
      grants: fc.array(grant, { maxLength: 8 }),
    })
    .map((some) => ({ ...claims, ...some }));
  fc.assert(
    fc.property(anyClaims, (written) => {
      const read = open(seal(written, key, randomBytes(12)), keyRing);
      expect(read).toEqual(JSON.parse(JSON.stringify(written)));
    }),
  );
});

describe('a token that was altered is refused:', () => {
  testAlterations(token, expectRefused);

  test('every single character, replaced by every other of the alphabet', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const other of base64urlAlphabet) expectRefused(token.slice(0, at) + other + token.slice(at + 1));
    }
  });

  test('parts swapped, taken from another token, or of another number', () => {
    const parts = token.split('.');
    const others = seal({ ...claims, gen: 1 }, key, randomBytes(12)).split('.');
    for (let one = 0; one < 5; one += 1) {
      for (let other = 0; other < 5; other += 1) {
        expectRefused(
          parts
            .with(one, parts[other] ?? '')
            .with(other, parts[one] ?? '')
            .join('.'),
        );
      }
      expectRefused(parts.with(one, others[one] ?? '').join('.'));
      expectRefused(parts.toSpliced(one, 1).join('.'));
      expectRefused(parts.toSpliced(one, 0, '').join('.'));
      expectRefused(parts.with(one, '').join('.'));
    }
    expectRefused(parts.with(1, 'AAAA').join('.'));
  });

  test('trailing bits that decode to the same bytes', () => {
    let aliases = 0;
    for (const [at, part] of token.split('.').entries()) {
      for (const other of base64urlAlphabet) {
        const alias = part.slice(0, -1) + other;
        if (part === '' || alias === part || !Buffer.from(alias, 'base64url').equals(Buffer.from(part, 'base64url'))) continue;
        aliases += 1;
        expectRefused(token.split('.').with(at, alias).join('.'));
      }
    }
    expect(aliases).toBeGreaterThan(0);
  });
});

function watch(): { readonly asked: string[]; readonly watching: OpeningKeys } {
  const asked: string[] = [];
  const openingKey = (keyId: string) => {
    asked.push(keyId);
    return keyRing.openingKey(keyId);
  };
  return { asked, watching: { ...keyRing, openingKey } };
}

describe('hostile input is refused and never throws:', () => {
  test('random texts, and random parts in the right places', () => {
    const part = fc.string({ unit: fc.constantFrom(...base64urlAlphabet), maxLength: 64 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), part), fc.array(part, { maxLength: 7 }), (text, parts) => {
        expectRefused(text);
        expectRefused(parts.join('.'));
        expectRefused([key.encodedHeader, '', ...parts].join('.'));
      }),
      { numRuns: 1000 },
    );
  });

  test('a text longer than the bound is refused before anything of it is decoded', () => {
    const { asked, watching } = watch();
    const long = encrypt('x'.repeat(tokenLengthMax), key, randomBytes(12));
    expect(open(long, watching)).toBeUndefined();
    expect(open('a.'.repeat(5_000_000), watching)).toBeUndefined();
    expect(asked).toEqual([]);
    // The watch works: a token of ordinary length does ask.
    open(token, watching);
    expect(asked).toEqual([key.keyId]);
  });

  test('an overlong header is refused before a key is looked for', () => {
    const { asked, watching } = watch();
    expect(open(seal(claims, tokenKey('x'.repeat(200), key.secret), randomBytes(12)), watching)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('a header that is not ours to the byte is refused, though key and tag are right:', () => {
  const members = ['"alg":"dir"', '"enc":"A256GCM"', '"typ":"gangway-encrypted+jwt"', `"kid":"${key.keyId}"`];
  const withHeader = (json: string): TokenKey => {
    const encodedHeader = Buffer.from(json).toString('base64url');
    return { ...key, encodedHeader, additionalData: Buffer.from(encodedHeader) };
  };
  const header = (...more: string[]) => `{${[...members, ...more].join(',')}}`;

  test('the test forges headers well: the true one opens', () => {
    expect(open(seal(claims, withHeader(header()), randomBytes(12)), keyRing)).toEqual(claims);
  });

  test.each([
    ['zip', header('"zip":"DEF"')],
    ['crit', header('"crit":["exp"],"exp":1')],
    ['jku', header('"jku":"https://attacker.example/keys"')],
    ['jwk', header('"jwk":{"kty":"oct","k":"AAAA"}')],
    ['x5u', header('"x5u":"https://attacker.example/cert"')],
    ['cty', header('"cty":"JWT"')],
    ['p2c', header('"p2c":1000000000')],
    ['a duplicate kid', header(`"kid":"${key.keyId}"`)],
    ['a duplicate alg', `{"alg":"dir",${members.join(',')}}`],
    ['alg none', header().replace('"dir"', '"none"')],
    ['alg A256KW', header().replace('"dir"', '"A256KW"')],
    ['alg RSA1_5', header().replace('"dir"', '"RSA1_5"')],
    ['alg in another case', header().replace('"dir"', '"DIR"')],
    ['enc A128GCM', header().replace('A256GCM', 'A128GCM')],
    ['enc A256CBC-HS512', header().replace('A256GCM', 'A256CBC-HS512')],
    ['typ JWT', header().replace('gangway-encrypted+jwt', 'JWT')],
    ['typ of another kind', header().replace('gangway-encrypted+jwt', 'gangway-signed+jwt')],
    ['no typ', header().replace('"typ":"gangway-encrypted+jwt",', '')],
    ['no kid', `{${members.slice(0, 3).join(',')}}`],
    ['another order', `{${members.toReversed().join(',')}}`],
    ['white space', header().replaceAll(',', ', ')],
    ['an escaped character', header().replace('dir', 'd\\u0069r')],
    ['a member smuggled through kid', header().replace(key.keyId, `x","zip":"DEF","kid":"${key.keyId}`)],
    ['an empty object', '{}'],
    ['no JSON', 'alg=dir'],
    ['a prototype', header('"__proto__":{"alg":"none"}')],
  ])('%s', (_name, json) => {
    expect(open(seal(claims, withHeader(json), randomBytes(12)), keyRing)).toBeUndefined();
  });
});

describe('claims are exact:', () => {
  const sealed = (value: unknown): string => encrypt(JSON.stringify(value), key, randomBytes(12));

  test.each([
    ['another issuer', { ...claims, iss: 'https://issuer.example' }],
    ['an audience that is no account', { ...claims, aud: 'DP00000000000000000000000000000001' }],
    ['a list of audiences', { ...claims, aud: [claims.aud] }],
    ['an identity that is no UUID', { ...claims, sub: 'somebody' }],
    ['no expiration', { ...claims, exp: undefined }],
    ['a fractional expiration', { ...claims, exp: 1.5 }],
    ['an expiration in text', { ...claims, exp: '1893456000' }],
    ['an expiration beyond all dates', { ...claims, exp: 1e300 }],
    ['a negative date', { ...claims, nbf: -1 }],
    ['a claim that this version does not know', { ...claims, cnf: { jkt: 'x' } }],
    ['grants that are no list', { ...claims, grants: { grant: 'chat' } }],
    ['a grant without a name', { ...claims, grants: [{}] }],
    ['too many grants', { ...claims, grants: Array.from({ length: 17 }, () => ({ grant: 'chat' })) }],
    ['a list', [claims]],
    ['null', null],
    ['a number', 7],
  ])('%s is refused', (_name, value) => {
    expect(open(sealed(value), keyRing)).toBeUndefined();
  });

  test('a text that is not JSON, or empty, is refused', () => {
    for (const text of ['', ' ', '{', `${encodeClaims(claims)}x`])
      expect(open(encrypt(text, key, randomBytes(12)), keyRing)).toBeUndefined();
    expect(decodeClaims(Buffer.from([0xff, 0xfe]))).toBeUndefined();
  });
});

test('two tokens of the same claims share nothing but the header', () => {
  const vectors = new Set(Array.from({ length: 1000 }, () => seal(claims, key, randomBytes(12)).split('.')[2]));
  expect(vectors.size).toBe(1000);
});

test('the header of a token shows nothing of account, deployment or visitor', () => {
  const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
  for (const secret of [claims.aud, claims.dep, claims.sub, claims.sid, claims.aud.slice(2)])
    expect(header).not.toContain(secret);
});
