// Hostile tokens: whatever can be done to a signed token without its key, and Wycheproof's vectors, through both ways of
// verifying. None is let in, nothing throws, and nobody is asked because of them.

import { afterAll, describe, expect, test } from 'vitest';
import { testAlterations } from '../../services/src/scoped-auth/testing/altered-tokens.ts';
import { present, readVectors, testVectorsPresent } from '../../services/src/scoped-auth/testing/wycheproof.ts';
import { nodePrimitives } from './crypto/node-primitives.ts';
import { webPrimitives } from './crypto/web-primitives.ts';
import { codeOf, testbed } from './testing/testbed.ts';

const cryptography = [
  ['Node', nodePrimitives() ?? webPrimitives],
  ['WebCrypto', webPrimitives],
] as const;

testVectorsPresent();

describe('an altered token of either kind is refused:', async () => {
  const bed = await testbed();
  const signed = await bed.token({ encrypt: false });
  const encrypted = await bed.token();
  const altered: string[] = [];

  describe('signed', () => testAlterations(signed, (text) => void (text !== signed && altered.push(text))));
  describe('encrypted', () => testAlterations(encrypted, (text) => void (text !== encrypted && altered.push(text))));

  test('all of them', async () => {
    expect(altered.length).toBeGreaterThan(20_000);
    for (const token of altered) {
      const verdict = await bed.verifier.verifyPresented({ token, method: 'GET', url: '/chat' });
      if (verdict.authorized) expect(token).toBe('refused');
    }
    for (const token of [signed, encrypted]) expect(codeOf(await bed.bearer(token))).toBe('authorized');
  });
  afterAll(() => bed.verifier.close());
});

test('claims that are not exactly ours are refused, though they are signed by our key', async () => {
  const bed = await testbed();
  const { signText } = await import('../../services/src/scoped-auth/token/sign.ts');
  const payload = JSON.parse(Buffer.from((await bed.token({ encrypt: false })).split('.')[1] ?? '', 'base64url').toString());
  const codeWith = async (claims: unknown) =>
    codeOf(await bed.bearer(signText(typeof claims === 'string' ? claims : JSON.stringify(claims), bed.keyRing.signingKey())));
  expect(await codeWith(payload)).toBe('authorized');
  for (const name of Object.keys(payload))
    expect([name, await codeWith({ ...payload, [name]: undefined })]).toEqual([name, 'invalid_token']);
  const changes: Record<string, unknown>[] = [
    { iss: 'https://issuer.example' },
    { aud: [payload.aud] },
    { aud: 'AC1' },
    { dep: payload.aud },
    { sub: '' },
    { sub: 7 },
    { exp: String(payload.exp) },
    { exp: payload.exp + 0.5 },
    { exp: -1 },
    { exp: 1e300 },
    { nbf: payload.nbf + 3600 },
    { exp: payload.iat - 3600 },
    { sst: null },
    { grants: {} },
    { grants: ['chat'] },
    { grants: [{ grant: '' }] },
    { grants: Array.from({ length: 17 }, () => ({ grant: 'chat' })) },
    { fpt: 7 },
    { fpt: null },
    { cnf: null },
    { cnf: {} },
    { cnf: { jkt: 'x' } },
    { cnf: { jkt: 'x'.repeat(43), kid: 'y' } },
    { cnf: [] },
    { admin: true },
  ];
  for (const change of changes) expect([change, await codeWith({ ...payload, ...change })]).toEqual([change, 'invalid_token']);
  const proto = JSON.stringify(payload).replace('{', '{"__proto__":{"admin":true},');
  for (const text of ['', ' ', '{', 'null', '7', '[]', '"x"', proto, `${JSON.stringify(payload)}x`])
    expect([text, await codeWith(text)]).toEqual([text, 'invalid_token']);
});

describe.runIf(present).each(cryptography)('Wycheproof, with the cryptography of %s', (_name, primitives) => {
  test('Ed25519: exactly the valid signatures verify', async () => {
    const { testGroups, numberOfTests } = readVectors<{ publicKeyJwk: { x: string } }, { msg: string; sig: string }>(
      'ed25519_test.json',
    );
    let seen = 0;
    let verified = 0;
    for (const { publicKeyJwk, tests } of testGroups) {
      const key = await primitives.importKey({ kty: 'OKP', crv: 'Ed25519', x: publicKeyJwk.x });
      for (const { tcId, msg, sig, result } of tests) {
        seen += 1;
        const isValid = await key?.verifies(bytes(msg), bytes(sig));
        expect(isValid, `vector ${tcId}`).toBe(result === 'valid');
        if (isValid) verified += 1;
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(verified).toBeGreaterThan(80);
  });

  test('ECDSA P-256 in IEEE P1363: exactly the valid signatures verify', async () => {
    const { testGroups, numberOfTests } = readVectors<{ publicKey: { uncompressed: string } }, { msg: string; sig: string }>(
      'ecdsa_secp256r1_sha256_p1363_test.json',
    );
    let seen = 0;
    let verified = 0;
    for (const { publicKey, tests } of testGroups) {
      const point = Buffer.from(publicKey.uncompressed, 'hex');
      const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
      const key = await primitives.importKey({ kty: 'EC', crv: 'P-256', x, y });
      for (const { tcId, msg, sig, result } of tests) {
        seen += 1;
        const isValid = (await key?.verifies(bytes(msg), bytes(sig))) ?? false;
        expect(isValid, `vector ${tcId}`).toBe(result === 'valid');
        if (isValid) verified += 1;
      }
    }
    expect(seen).toBe(numberOfTests);
    expect(verified).toBeGreaterThan(100);
  });

  test.each(['json_web_signature_test.json', 'json_web_key_test.json'])(
    '%s: none is let in, nor where its header is ours',
    async (name) => {
      const { testGroups, numberOfTests } = readVectors<unknown, { jws: unknown }>(name);
      const bed = await testbed({ primitives });
      const header = (await bed.token({ encrypt: false })).split('.', 1)[0] ?? '';
      let seen = 0;
      for (const { tests } of testGroups) {
        for (const { tcId, jws } of tests) {
          seen += 1;
          const text = typeof jws === 'string' ? jws : JSON.stringify(jws);
          for (const token of [text, header + text.slice(Math.max(0, text.indexOf('.')))]) {
            expect((await bed.bearer(token.replaceAll(/\s/g, ''))).authorized, `vector ${tcId}`).toBe(false);
          }
        }
      }
      expect(seen).toBe(numberOfTests);
    },
  );
});

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

test('the two ways of cryptography give the same hash, code and key', async () => {
  const [node, web] = [nodePrimitives() ?? webPrimitives, webPrimitives];
  for (const text of ['', 'a', 'é€😀', 'x'.repeat(9000)]) expect(await node.sha256(text)).toBe(await web.sha256(text));
  const secret = bytes('0b'.repeat(32));
  const both = await Promise.all(
    [node, web].map(async (one) => (await one.hmacSha256(await one.hkdfSha256(secret, 'test')))(bytes('00ff'))),
  );
  expect(Buffer.from((await both[0]) ?? []).toString('hex')).toBe(Buffer.from((await both[1]) ?? []).toString('hex'));
});
