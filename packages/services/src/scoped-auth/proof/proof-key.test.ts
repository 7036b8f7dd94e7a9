// The memory of keys: only keys that proved themselves are in it, and never more than its bound.

import { calculateJwkThumbprint } from 'jose';
import { describe, expect, test } from 'vitest';
import { createProofKeys, type ProofKey, readProofHeader } from './proof-key.ts';
import { encode, payload, proofClient, proofServer } from './testing/proofs.ts';

const client = proofClient();
const encodedHeader = encode(client.header);

function found(key: ProofKey | undefined): ProofKey {
  if (key === undefined) throw new Error('The header was refused.');
  return key;
}

test('the thumbprint is the one that jose computes (RFC 7638)', async () => {
  const key = found(readProofHeader(encodedHeader));
  expect(key.thumbprint).toBe(await calculateJwkThumbprint(client.jwk));
  expect(key.thumbprint).toBe(client.thumbprint);
});

describe('a key is remembered', () => {
  test('from its first verified signature on, and read anew before', () => {
    const keys = createProofKeys();
    const key = found(keys.find(encodedHeader));
    expect(keys.find(encodedHeader)).not.toBe(key);
    keys.keyVerified(key);
    expect(keys.find(encodedHeader)).toBe(key);
  });

  test('and a forged signature leaves no trace of its key', async () => {
    const proofKeys = createProofKeys();
    const server = proofServer({ proofKeys });
    const forged = proofClient().sign(client.header, payload(server.nonces.issue()));
    expect(await server.verify(forged)).toMatchObject({ verdict: 'invalid' });
    expect(proofKeys.find(encodedHeader)).not.toBe(proofKeys.find(encodedHeader));
    expect(await server.verify(client.sign(client.header, payload(server.nonces.issue())))).toMatchObject({ verdict: 'valid' });
    expect(proofKeys.find(encodedHeader)).toBe(proofKeys.find(encodedHeader));
  });

  test('and forged signatures are refused under a remembered key too', async () => {
    const server = proofServer();
    const nonce = server.nonces.issue();
    await server.verify(client.sign(client.header, payload(nonce)));
    expect(await server.verify(proofClient().sign(client.header, payload(nonce)))).toEqual({
      verdict: 'invalid',
      reason: 'signature',
    });
  });

  test('until more keys than the bound were used after it', () => {
    const keys = createProofKeys({ rememberedMax: 2 });
    const [one, two, three] = [proofClient(), proofClient(), proofClient()].map(({ header }) => found(keys.find(encode(header))));
    if (one === undefined || two === undefined || three === undefined) throw new Error('There are three keys.');
    for (const key of [one, two, one, three]) keys.keyVerified(key);
    expect(keys.find(one.encodedHeader)).toBe(one);
    expect(keys.find(three.encodedHeader)).toBe(three);
    expect(keys.find(two.encodedHeader)).not.toBe(two);
  });
});

test('a header longer than its bound is refused before it is decoded', () => {
  const long = (length: number) => encode({ ...client.header, jwk: { ...client.jwk, kid: 'x'.repeat(length) } });
  expect(readProofHeader(long(500))).toBeDefined();
  expect(readProofHeader(long(700))).toBeUndefined();
});

test('a coordinate beyond the field is refused, though it names a point modulo the prime', () => {
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const encodeNumber = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url');
  const power = (base: bigint, exponent: bigint): bigint => {
    if (exponent === 0n) return 1n;
    const half = power((base * base) % prime, exponent / 2n);
    return exponent % 2n === 0n ? half : (half * base) % prime;
  };
  // The first point with a small x: x + p still fits into 32 bytes.
  let x = 0n;
  let y = 0n;
  do {
    x += 1n;
    y = power((((x ** 3n - 3n * x + b) % prime) + prime) % prime, (prime + 1n) / 4n);
  } while ((y * y - (x ** 3n - 3n * x + b)) % prime !== 0n);
  const verifies = (coordinate: bigint) => () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: encodeNumber(coordinate), y: encodeNumber(y) };
    return found(readProofHeader(encode({ ...client.header, jwk }))).verifies(Buffer.from('data'), Buffer.alloc(64, 1));
  };
  expect(verifies(x)()).toBe(false);
  expect(verifies(x + prime)()).toBe(false);
});
