// The published keys: rotated, killed, away, and asked for no more often than there is reason to, whoever sends what.

import { expect, test } from 'vitest';
import { testKeyRing } from '../../services/src/scoped-auth/testing/fixtures.ts';
import { account, codeOf, testbed } from './testing/testbed.ts';

const keysPath = '/v1/Keys';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token under a key of this name that nobody has. */
function underUnknownKey(kid: string): string {
  return `${encode({ alg: 'EdDSA', typ: 'gangway-signed+jwt', kid })}.${encode({})}.${'A'.repeat(86)}`;
}

test('a thousand tokens under keys that nobody knows lead to one fetch in an interval, and are refused', async () => {
  const bed = await testbed({ keysRefetchSecondsMin: 10 });
  await bed.bearer(await bed.token({ encrypt: false }));
  expect(bed.callsTo(keysPath)).toBe(1);
  bed.advance(10_000);
  const forge = async () => {
    const sent = Array.from({ length: 1000 }, (_, number) => bed.bearer(underUnknownKey(`kid${number}`)));
    return new Set((await Promise.all(sent)).map(codeOf));
  };
  expect(await forge()).toEqual(new Set(['invalid_token']));
  expect(bed.callsTo(keysPath)).toBe(2);
  bed.advance(9000);
  await forge();
  expect(bed.callsTo(keysPath)).toBe(2);
  bed.advance(1000);
  await forge();
  expect(bed.callsTo(keysPath)).toBe(3);
});

test('a header that is none of ours leads to no fetch at all', async () => {
  const bed = await testbed();
  const headers = [
    { alg: 'none', typ: 'gangway-signed+jwt', kid: 'a' },
    { alg: 'HS256', typ: 'gangway-signed+jwt', kid: 'a' },
    { alg: 'EdDSA', typ: 'JWT', kid: 'a' },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: 'a', jku: 'https://attacker.example/jwks.json' },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: 'a', crit: ['b64'] },
    { typ: 'gangway-signed+jwt', alg: 'EdDSA', kid: 'a' },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: '' },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: 'a"b' },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: 'a'.repeat(65) },
    { alg: 'EdDSA', typ: 'gangway-signed+jwt', kid: 'a'.repeat(400) },
  ];
  for (const header of headers) {
    expect(codeOf(await bed.bearer(`${encode(header)}.${encode({})}.${'A'.repeat(86)}`))).toBe('invalid_token');
  }
  expect(bed.calls).toEqual([]);
});

test('a key that was added is found when its first token comes', async () => {
  const bed = await testbed();
  await bed.bearer(await bed.token({ encrypt: false }));
  const other = await testKeyRing({ clock: bed.serviceClock });
  const own = bed.keyRing.publishedKeys();
  const { sign } = await import('../../services/src/scoped-auth/token/sign.ts');
  const { readToken } = await import('../../services/src/scoped-auth/token/read-token.ts');
  const claims = readToken(await bed.token({ encrypt: false }), bed.keyRing);
  if (claims === undefined) throw new Error('the token is not readable');
  const token = sign(claims, other.signingKey());
  expect(codeOf(await bed.bearer(token))).toBe('invalid_token');
  bed.state.keys = () => ({ keys: [...own.keys, ...other.publishedKeys().keys] });
  bed.advance(10_000);
  expect(codeOf(await bed.bearer(token))).toBe('authorized');
});

test('tokens of a key that was killed count for a minute at most, while the service can be asked', async () => {
  const bed = await testbed();
  const token = await bed.token({ encrypt: false });
  expect(codeOf(await bed.bearer(token))).toBe('authorized');
  bed.state.keys = () => ({ keys: [] });
  bed.advance(61_000);
  expect(codeOf(await bed.bearer(token))).toBe('invalid_token');
});

test('a busy verifier looks for new keys each half minute without making anybody wait', async () => {
  const bed = await testbed();
  const token = await bed.token({ encrypt: false });
  const gate = Promise.withResolvers<void>();
  await bed.bearer(token);
  bed.state.before = async (path) => (path === keysPath ? gate.promise : undefined);
  bed.advance(31_000);
  await bed.bearer(token);
  expect(codeOf(await bed.bearer(token))).toBe('authorized');
  expect(bed.callsTo(keysPath)).toBe(2);
  gate.resolve();
});

test('while the service is away known keys go on counting, for ten minutes; then it is not known who is let in', async () => {
  const bed = await testbed();
  const verifier = bed.make({ credential: undefined, accounts: [account] });
  const token = await bed.token({ encrypt: false });
  expect(codeOf(await bed.bearer(token, verifier))).toBe('authorized');
  bed.state.away = true;
  bed.advance(500_000);
  expect(codeOf(await bed.bearer(token, verifier))).toBe('authorized');
  bed.advance(110_000);
  expect(codeOf(await bed.bearer(token, verifier))).toBe('upstream_unavailable');
  bed.state.away = false;
  bed.advance(10_000);
  expect(codeOf(await bed.bearer(token, verifier))).toBe('authorized');
});

test.each([
  ['for encryption', { use: 'enc' }],
  ['of another algorithm', { alg: 'ES256' }],
  ['of another curve', { crv: 'X25519' }],
  ['that is symmetric', { kty: 'oct', k: 'AAAA' }],
  ['whose name is no name', { kid: 'a"b' }],
  ['without a point', { x: undefined }],
  ['whose point is too short', { x: 'AAAA' }],
])('a key %s verifies nothing', async (_name, changes) => {
  const bed = await testbed();
  const keys = bed.keyRing.publishedKeys().keys.map((key) => ({ ...key, ...changes }));
  bed.state.keys = () => ({ keys }) as never;
  expect(codeOf(await bed.bearer(await bed.token({ encrypt: false })))).toBe('invalid_token');
});
