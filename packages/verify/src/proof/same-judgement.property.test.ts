// The service and this package judge proofs in code of their own, since each stands without the other. Here both judge the
// same texts, and what one takes the other takes: addresses, base64url, JSON, and whole proofs.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonObject as readJsonOfService } from '../../../services/src/scoped-auth/proof/json-object.ts';
import { normalizeTargetUri as normalizeByService } from '../../../services/src/scoped-auth/proof/target-uri.ts';
import { athOf, htm, htu, proofClient, proofServer } from '../../../services/src/scoped-auth/proof/testing/proofs.ts';
import { decodeBase64url as decodeOfService } from '../../../services/src/scoped-auth/token/base64url.ts';
import { decodeBase64url } from '../base64url.ts';
import { primitivesHere } from '../crypto/primitives-here.ts';
import { readJsonObject } from './json-object.ts';
import { createProofKeys } from './proof-key.ts';
import { createReplayMemory } from './replay-memory.ts';
import { normalizeTargetUri } from './target-uri.ts';
import { verifyProof } from './verify-proof.ts';

const host = fc.constantFrom('chat.example', 'CHAT.example', 'ch%61t.example', 'x@chat.example', 'chat.example:443', '[::1]', '');
const piece = fc.constantFrom(
  '/',
  '/a',
  '/%61',
  '/../b',
  '//',
  '\\',
  '|',
  '^',
  '{',
  '"',
  '%2f',
  '%2F',
  ' ',
  '\n',
  'é',
  '?q={',
  '#f',
);
const addressLike = fc
  .tuple(fc.constantFrom('https://', 'HTTP://', 'http:', 'wss://', ''), host, fc.array(piece, { maxLength: 4 }))
  .map(([scheme, name, path]) => `${scheme}${name}${path.join('')}`);

test('addresses', () => {
  let taken = 0;
  const either = fc.oneof(addressLike, fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string());
  fc.assert(
    fc.property(either, (text) => {
      const normalized = normalizeTargetUri(text);
      if (normalized !== undefined) taken += 1;
      expect([text, normalized]).toEqual([text, normalizeByService(text)]);
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(300);
});

test('base64url', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.string({ unit: fc.constantFrom(...'AQgwBxyz019-_=+/ \n.') }),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (encoded) => {
      const [here, there] = [decodeBase64url(encoded), decodeOfService(encoded)];
      expect(here === undefined ? undefined : Buffer.from(here).toString('hex')).toBe(there?.toString('hex'));
    }),
    { numRuns: 3000 },
  );
});

test('JSON in which every name stands once', () => {
  const member = fc.constantFrom(
    '"a":1',
    '"a":2',
    '"b":{"a":1,"a":2}',
    '"\\u0061":3',
    '"c":"a\\":"',
    '"d":[{"a":1}]',
    '"__proto__":1',
  );
  const written = fc.oneof(
    fc.array(member, { maxLength: 4 }).map((members) => `{${members.join(',')}}`),
    fc.json(),
    fc.string(),
  );
  let taken = 0;
  const bytes = fc.oneof(
    written.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(bytes, (content) => {
      const encoded = Buffer.from(content).toString('base64url');
      const value = readJsonObject(encoded);
      if (value !== undefined) taken += 1;
      expect(value).toEqual(readJsonOfService(encoded));
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(300);
});

test('whole proofs, right but for what is changed', async () => {
  const client = proofClient();
  const accessToken = 'a-token';
  const primitives = primitivesHere();
  const odd = fc.constantFrom<unknown>(undefined, null, '', 7, [], {}, 'x');
  const change = fc.oneof(
    fc.constant({}),
    fc
      .tuple(fc.constantFrom('jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'more'), odd)
      .map(([name, value]) => ({ [name]: value })),
  );
  const headerChange = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('typ', 'alg', 'jwk', 'crit'), odd).map(([name, value]) => ({ [name]: value })),
    },
  );
  const jwkChange = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('kty', 'crv', 'x', 'y', 'd', 'use', 'alg', 'key_ops', 'kid'), odd)
        .map(([name, value]) => ({ [name]: value })),
    },
  );
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(change, headerChange, jwkChange, async (claims, header, jwk) => {
      const server = proofServer();
      const usual = { jti: 'a', htm, htu, iat: 1, ath: athOf(accessToken), nonce: server.nonces.issue() };
      const proof = client.sign({ ...client.header, jwk: { ...client.jwk, ...jwk }, ...header }, { ...usual, ...claims });
      const request = { accessToken, expectedThumbprint: client.thumbprint };
      const { verdict } = await server.verify(proof, request);
      const here = await verifyProof(
        { proof, method: htm, targets: [htu], token: accessToken, thumbprint: client.thumbprint },
        {
          ...{ primitives, proofKeys: createProofKeys(primitives) },
          nonces: { issue: server.nonces.issue, check: server.nonces.check, ready: () => undefined },
          replayMemory: createReplayMemory(server.clock, 10),
        },
      );
      seen.add(verdict);
      expect([claims, header, jwk, here]).toEqual([claims, header, jwk, verdict.replace('_', ' ')]);
    }),
    { numRuns: 1000 },
  );
  expect([...seen].sort()).toEqual(['invalid', 'nonce_required', 'valid']);
});
