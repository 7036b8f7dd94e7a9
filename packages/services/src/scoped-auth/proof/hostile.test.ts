// Whatever is sent: an answer, never an exception, never a false accept, and little work.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonObject } from './json-object.ts';
import { createProofKeys } from './proof-key.ts';
import { encode, htm, htu, payload, proofClient, proofServer } from './testing/proofs.ts';
import { proofLengthMax } from './verify-proof.ts';

const base64urlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const server = proofServer();
const client = proofClient();
const nonce = server.nonces.issue();
const proof = client.sign(client.header, payload(nonce));

async function expectRefused(text: string): Promise<void> {
  if (text !== proof) expect((await server.verify(text)).verdict, text).not.toBe('valid');
}

describe('an altered proof is never valid:', () => {
  const position = fc.integer({ min: 0, max: proof.length });
  const character = fc.oneof(fc.constantFrom(...base64urlAlphabet, '.', '=', ' '), fc.string({ minLength: 1, maxLength: 1 }));

  test('every single character replaced by another of the alphabet', async () => {
    for (let at = 0; at < proof.length; at += 1) {
      for (const other of ['A', 'B', '_', '.']) await expectRefused(proof.slice(0, at) + other + proof.slice(at + 1));
    }
    for (const other of base64urlAlphabet) await expectRefused(proof.slice(0, -1) + other);
  });

  test('a character replaced, inserted or removed, a part cut or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(position, position, character, async (at, to, other) => {
        await expectRefused(proof.slice(0, at) + other + proof.slice(at + 1));
        await expectRefused(proof.slice(0, at) + other + proof.slice(at));
        await expectRefused(proof.slice(0, at) + proof.slice(at + 1));
        await expectRefused(proof.slice(0, at));
        await expectRefused(proof.slice(0, at) + proof.slice(to));
      }),
      { numRuns: 500 },
    );
  });

  test('the test alters what was valid: the proof itself passes', async () => {
    expect((await server.verify(proof)).verdict).toBe('valid');
  });
});

test('any text, any parts and any signed JSON are answered without an exception', async () => {
  const part = fc.string({ unit: fc.constantFrom(...base64urlAlphabet), maxLength: 64 });
  const json = fc.jsonValue({ maxDepth: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 5 }),
      json,
      json,
      async (text, parts, one, other) => {
        await expectRefused(text);
        await expectRefused(parts.join('.'));
        await expectRefused([encode(client.header), ...parts].join('.'));
        await expectRefused(client.sign(one, other));
        await expectRefused(client.sign(client.header, other));
        await expectRefused(client.sign({ ...client.header, jwk: one }, payload(nonce)));
      },
    ),
    { numRuns: 500 },
  );
});

describe('bounded work:', () => {
  test('a proof longer than the bound is refused before anything of it is read', async () => {
    let asked = 0;
    const proofKeys = createProofKeys();
    const find = (encodedHeader: string) => {
      asked += 1;
      return proofKeys.find(encodedHeader);
    };
    const watching = proofServer({ proofKeys: { ...proofKeys, find } });
    const long = client.sign(client.header, payload(nonce, { filler: 'x'.repeat(proofLengthMax) }));
    for (const text of [long, '.'.repeat(5_000_000), `${proof}${'A'.repeat(5_000_000)}`]) {
      expect(await watching.verify(text)).toEqual({ verdict: 'invalid', reason: 'malformed' });
    }
    expect(asked).toBe(0);
    await watching.verify(proof);
    expect(asked).toBe(1);
  });

  test('without a living nonce no signature is checked and no point imported', async () => {
    const proofKeys = createProofKeys();
    let checked = 0;
    const find = (encodedHeader: string) => {
      const key = proofKeys.find(encodedHeader);
      if (key === undefined) return undefined;
      return {
        ...key,
        verifies: (...data: Parameters<typeof key.verifies>) => {
          checked += 1;
          return key.verifies(...data);
        },
      };
    };
    const watching = proofServer({ proofKeys: { ...proofKeys, find } });
    for (const stale of [undefined, 'A'.repeat(28)]) {
      expect(await watching.verify(client.sign(client.header, payload(nonce, { nonce: stale })))).toEqual({
        verdict: 'nonce_required',
      });
    }
    expect(checked).toBe(0);
    expect(await watching.verify(client.sign(client.header, payload(nonce)))).toMatchObject({ verdict: 'valid' });
    expect(checked).toBe(1);
  });

  test('nesting as deep as the length admits is answered', async () => {
    const depth = 1200;
    const rest = () => JSON.stringify(payload(nonce)).slice(1);
    for (const nested of ['['.repeat(depth) + ']'.repeat(depth), `${'{"":'.repeat(400)}1${'}'.repeat(400)}`]) {
      expect(await server.verify(client.sign(client.header, `{"a":${nested},${rest()}`))).toMatchObject({ verdict: 'valid' });
      expect(await server.verify(client.sign(client.header, `{ "a":${nested},${rest()}`))).toMatchObject({ verdict: 'valid' });
      await expectRefused(client.sign(`{"jwk":${nested},"alg":"ES256","typ":"dpop+jwt"}`, payload(nonce)));
      await expectRefused(client.sign(client.header, nested));
    }
  });
});

describe('a member named twice is refused, whichever comes last:', () => {
  const claims = () => JSON.stringify(payload(nonce)).slice(1, -1);
  const header = JSON.stringify(client.header).slice(1, -1);

  test.each([`"htm":"${htm}"`, '"htm":"GET"', `"htu":"${htu}"`, '"jti":"other"', '"\\u0068tm":"POST"', '"x":{"a":1,"a":2}'])(
    'claims: %s',
    async (member) => {
      expect(await server.verify(client.sign(client.header, `{${member},${claims()}}`))).toMatchObject({ reason: 'claims' });
      expect(await server.verify(client.sign(client.header, `{${claims()},${member}}`))).toMatchObject({ reason: 'claims' });
    },
  );

  test.each(['"alg":"none"', '"alg":"ES256"', '"typ":"JWT"', '"jwk":{}'])('header: %s', async (member) => {
    expect(await server.verify(client.sign(`{${member},${header}}`, payload(nonce)))).toMatchObject({ reason: 'header' });
    expect(await server.verify(client.sign(`{${header},${member}}`, payload(nonce)))).toMatchObject({ reason: 'header' });
  });
});

test('JSON that other serializers write is read: white space, escaped slashes, escaped letters, other numbers', async () => {
  const text = JSON.stringify(payload(nonce), undefined, 2).replaceAll('/', '\\/').replace('htm', '\\u0068tm');
  expect(await server.verify(client.sign(client.header, text.replace(/"iat": \d+/, '"iat": 1.89345600e9')))).toMatchObject({
    verdict: 'valid',
  });
  expect(readJsonObject(encode('{"a":"\\"b\\":","c":"{\\"d\\":1}", "e":[{"f":":"}]}'))).toBeDefined();
});

test('bytes that are no UTF-8, a prototype and a byte order mark are no way in', async () => {
  const bytes = Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url');
  expect(readJsonObject(bytes)).toBeUndefined();
  expect(readJsonObject(encode('\ufeff{}'))).toBeUndefined();
  const inherited = `{"__proto__":${JSON.stringify(payload(nonce))}}`;
  expect(await server.verify(client.sign(client.header, inherited))).toMatchObject({ reason: 'claims' });
  const header = `{"__proto__":${JSON.stringify(client.header)},"a":1,"b":2}`;
  expect(await server.verify(client.sign(header, payload(nonce)))).toMatchObject({ reason: 'header' });
});
