// Proofs of possession at a backend: each fault alone is enough to be refused, with either cryptography.

import { generateKeyPair, generateProof } from 'dpop';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { athOf, encode } from '../../../services/src/scoped-auth/proof/testing/proofs.ts';
import { nodePrimitives } from '../crypto/node-primitives.ts';
import { webPrimitives } from '../crypto/web-primitives.ts';
import { address, codeOf, proofClient, requestWith, type TestbedOptions, testbed, visitorIn } from '../testing/testbed.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

let proofCount = 0;

/** A verifier, a token bound to a client's key, and requests with proofs that are right but for what is changed. */
async function bound(options: TestbedOptions & { readonly encrypt?: boolean } = {}) {
  const { encrypt = true, ...rest } = options;
  const bed = await testbed(rest);
  const client = proofClient();
  const token = await bed.token({ encrypt, proofKeyThumbprint: client.thumbprint });
  const payload = (changes: Readonly<Record<string, unknown>> = {}) => {
    proofCount += 1;
    const usual = { jti: `proof-${proofCount}`, htm: 'POST', htu: address, iat: 1_893_456_000, ath: athOf(token) };
    return { ...usual, nonce: bed.verifier.nonce(), ...changes };
  };
  const send = (proof: string | undefined, { scheme = 'DPoP', verifier = bed.verifier } = {}) =>
    verifier.verify(requestWith({ authorization: `${scheme} ${token}`, ...(proof !== undefined && { dpop: proof }) }));
  const prove = (changes: Readonly<Record<string, unknown>> = {}, header: unknown = client.header) =>
    client.sign(header, payload(changes));
  return { ...bed, client, token, payload, send, prove };
}

const cryptography = [
  ['Node', nodePrimitives() ?? webPrimitives],
  ['WebCrypto', webPrimitives],
] as const;

describe.each(cryptography)('with the cryptography of %s', (_name, primitives) => {
  test.each([true, false])('a bound token with its proof is let in, once (encrypted: %s)', async (encrypt) => {
    const { send, prove } = await bound({ primitives, encrypt });
    const proof = prove();
    expect(await send(proof)).toMatchObject({ authorized: true, proofChecked: true, fingerprintChecked: false });
    expect(codeOf(await send(proof))).toBe('invalid_dpop_proof');
    expect(codeOf(await send(prove()))).toBe('authorized');
  });

  test('of twenty requests at once with one proof, exactly one is let in', async () => {
    const { send, prove } = await bound({ primitives });
    const proof = prove();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => send(proof)));
    expect(verdicts.filter(({ authorized }) => authorized)).toHaveLength(1);
  });

  test.each<[string, Record<string, unknown>]>([
    ['for another method', { htm: 'GET' }],
    ['for the method in another case', { htm: 'post' }],
    ['for another path', { htu: 'https://chat.example/other' }],
    ['for the path in another case', { htu: 'https://chat.example/Ask' }],
    ['for another host', { htu: 'https://evil.example/ask' }],
    ['for another port', { htu: 'https://chat.example:8443/ask' }],
    ['for another scheme', { htu: 'http://chat.example/ask' }],
    ['with user information', { htu: 'https://x@chat.example/ask' }],
    ['with white space', { htu: ' https://chat.example/ask' }],
    ['with a backslash', { htu: 'https://chat.example\\ask' }],
    ['for no address', { htu: '/ask' }],
    ['for a list of addresses', { htu: [address] }],
    ['for another token', { ath: athOf('another') }],
    ['for no token', { ath: undefined }],
    ['with an empty ath', { ath: '' }],
    ['without a jti', { jti: undefined }],
    ['with an empty jti', { jti: '' }],
    ['with an endless jti', { jti: 'x'.repeat(257) }],
    ['without iat', { iat: undefined }],
    ['with iat as text', { iat: '1893456000' }],
    ['without htm', { htm: undefined }],
    ['without htu', { htu: undefined }],
    ['with a nonce that is no text', { nonce: 7 }],
  ])('a proof %s is refused', async (_what, changes) => {
    const { send, prove } = await bound({ primitives });
    expect(codeOf(await send(prove(changes)))).toBe('invalid_dpop_proof');
  });

  test.each<[string, (client: ReturnType<typeof proofClient>) => unknown]>([
    ['of another type', ({ header }) => ({ ...header, typ: 'JWT' })],
    ['without a type', ({ header }) => ({ ...header, typ: undefined })],
    ['of no algorithm', ({ header }) => ({ ...header, alg: 'none' })],
    ['of a symmetric algorithm', ({ header }) => ({ ...header, alg: 'HS256' })],
    ['of another algorithm', ({ header }) => ({ ...header, alg: 'EdDSA' })],
    ['with crit', ({ header }) => ({ ...header, crit: ['b64'], b64: false })],
    ['with jku', ({ header }) => ({ ...header, jku: 'https://attacker.example' })],
    ['with kid', ({ header }) => ({ ...header, kid: 'a' })],
    ['without a key', ({ header }) => ({ ...header, jwk: undefined })],
    ['with a list as key', ({ header, jwk }) => ({ ...header, jwk: [jwk] })],
    [
      'with its private key',
      ({ header, jwk, privateKey }) => ({ ...header, jwk: { ...jwk, d: privateKey.export({ format: 'jwk' }).d } }),
    ],
    ['with a key for another use', ({ header, jwk }) => ({ ...header, jwk: { ...jwk, use: 'enc' } })],
    ['with a point off the curve', ({ header, jwk }) => ({ ...header, jwk: { ...jwk, y: jwk.x } })],
    ['with another key', ({ header }) => ({ ...header, jwk: proofClient().jwk })],
    ['that is text', () => '"DPoP"'],
  ])('a header %s is refused', async (_what, change) => {
    const { send, prove, client } = await bound({ primitives });
    expect(codeOf(await send(prove({}, change(client))))).toBe('invalid_dpop_proof');
  });

  test('what is no proof, or altered, is refused', async () => {
    const { send, prove, client, payload } = await bound({ primitives });
    const proof = prove();
    const [header = '', claims = '', signature = ''] = proof.split('.');
    const twice = Buffer.from(JSON.stringify(payload()).replace('{', '{"htm":"GET",')).toString('base64url');
    for (const text of [
      ...[
        '',
        ' ',
        '.',
        '..',
        '...',
        'x',
        header,
        `${header}.${claims}`,
        `${header}.${claims}.`,
        `${proof}.x`,
        `${proof}=`,
        `${proof}\u00a0`,
      ],
      ...[
        `${header}=.${claims}.${signature}`,
        `${header}.${claims}.${signature.slice(0, -1)}`,
        `${header}.${claims}.${'A'.repeat(86)}`,
      ],
      ...[`${header}.${encode(payload())}.${signature}`, `${header}.${encode([payload()])}.${signature}`],
      ...[`${proof}, ${proof}`, 'a.'.repeat(3000), `${header}.${'A'.repeat(5000)}.${signature}`],
      client.sign(client.header, Buffer.from(twice, 'base64url').toString()),
    ]) {
      expect([text, codeOf(await send(text))]).toEqual([text, 'invalid_dpop_proof']);
    }
    expect(codeOf(await send(proof))).toBe('authorized');
  });

  test('any single character that is altered makes it invalid, and none lets it in', async () => {
    const { send, prove } = await bound({ primitives });
    const proof = prove();
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: proof.length - 1 }),
        fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }),
        async (at, other) => {
          const altered = proof.slice(0, at) + other + proof.slice(at + 1);
          if (altered !== proof) expect((await send(altered.trim())).authorized).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
    expect(codeOf(await send(proof))).toBe('authorized');
  });

  test('without a proof, or as Bearer, a bound token is refused, with the nonce for the next try', async () => {
    const { send, prove, verifier, token } = await bound({ primitives });
    for (const verdict of [
      await send(undefined),
      await send(prove(), { scheme: 'Bearer' }),
      await send(undefined, { scheme: 'bearer' }),
    ]) {
      expect(verdict).toMatchObject({
        ...{ authorized: false, code: 'invalid_dpop_proof', status: 401 },
        headers: {
          'WWW-Authenticate': 'DPoP error="invalid_dpop_proof", algs="ES256"',
          'DPoP-Nonce': expect.stringMatching(/^[\w-]{28}$/),
        },
      });
    }
    expect(codeOf(await verifier.verifyPresented({ token, method: 'GET', url: '/chat' }))).toBe('invalid_dpop_proof');
  });

  test('an unbound token needs no proof, and a proof that comes with it binds nothing', async () => {
    const { token, verifier } = await testbed({ primitives });
    const made = await token();
    for (const headers of [
      { authorization: `DPoP ${made}` },
      { authorization: `DPoP ${made}`, dpop: 'x' },
      { authorization: `Bearer ${made}`, dpop: 'x' },
    ] as Record<string, string>[]) {
      expect(await verifier.verify(requestWith(headers))).toMatchObject({ authorized: true, proofChecked: false });
    }
  });

  test('a proof without a living nonce of ours is told to take one, and then passes', async () => {
    const { send, prove, advance, verifier } = await bound({ primitives });
    const stale = verifier.nonce();
    for (const nonce of [undefined, '', 'x', 'A'.repeat(28), `${stale.slice(0, -1)}${stale.endsWith('A') ? 'B' : 'A'}`]) {
      const verdict = await send(prove({ nonce }));
      expect(verdict).toMatchObject({
        code: 'use_dpop_nonce',
        status: 401,
        headers: { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"' },
      });
      if (!verdict.authorized) expect(codeOf(await send(prove({ nonce: verdict.headers['DPoP-Nonce'] })))).toBe('authorized');
    }
    advance(299_000);
    expect(codeOf(await send(prove({ nonce: stale })))).toBe('authorized');
    advance(2000);
    expect(codeOf(await send(prove({ nonce: stale })))).toBe('use_dpop_nonce');
  });

  test('replicas take the nonces of each other; backends with another credential do not', async () => {
    const { send, prove, make, clock } = await bound({ primitives });
    const replica = make();
    const stranger = make({ credential: `gwb_${'0'.repeat(16)}_${'b'.repeat(43)}` });
    for (const one of [replica, stranger]) {
      await one.verify(requestWith({ authorization: 'Bearer x.y.z' }));
      one.nonce();
      await vi.advanceTimersByTimeAsync(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(6000);
    const nonceOf = async (verifier: typeof replica) => {
      const verdict = await send(undefined, { verifier });
      return verdict.authorized ? undefined : verdict.headers['DPoP-Nonce'];
    };
    expect(codeOf(await send(prove({ nonce: await nonceOf(replica) })))).toBe('authorized');
    expect(codeOf(await send(prove({ nonce: await nonceOf(stranger) })))).toBe('use_dpop_nonce');
  });

  test('a nonce that is asked for before anything else counts too', async () => {
    const { send, prove, make } = await bound({ primitives });
    const fresh = make();
    const nonce = fresh.nonce();
    expect(codeOf(await send(prove({ nonce }), { verifier: fresh }))).toBe('authorized');
  });

  test.each([200_000, 299_000, 301_000])('a nonce that is asked for after a silence (%i ms) is good for a while', async (ms) => {
    const { send, prove, make, advance } = await bound({ primitives });
    const verifier = make();
    verifier.nonce();
    advance(ms);
    const nonce = verifier.nonce();
    advance(120_000);
    expect(codeOf(await send(prove({ nonce }), { verifier }))).toBe('authorized');
  });

  test('the dpop package, unchanged, makes proofs that pass, and iat is not judged', async () => {
    const { verifier, token: make } = await testbed({ primitives });
    const keyPair = await generateKeyPair('ES256');
    const { calculateThumbprint } = await import('dpop');
    const token = await make({ proofKeyThumbprint: await calculateThumbprint(keyPair.publicKey) });
    // The service's year is 2030; the client's clock is years off.
    const dpop = await generateProof(keyPair, `${address}?q=1`, 'POST', verifier.nonce(), token);
    expect(codeOf(await verifier.verify(requestWith({ authorization: `DPoP ${token}`, dpop })))).toBe('authorized');
  });
});

describe('the address of a proof', () => {
  test('is compared after the normalisation of RFC 3986, without query and fragment', async () => {
    const { send, prove } = await bound();
    for (const htu of [
      'HTTPS://CHAT.example/ask',
      'https://chat.example:443/ask',
      'https://chat.example/%61sk',
      'https://chat.example/x/../ask',
      `${address}?q=2#y`,
    ]) {
      expect([htu, codeOf(await send(prove({ htu })))]).toEqual([htu, 'authorized']);
    }
  });

  test('may have what browsers send of paths and queries that RFC 3986 does not admit', async () => {
    const { client, token, payload, verifier } = await bound();
    for (const [asked, htu] of [
      ['/ask?filter={%22a%22:[1|2]}^`', 'https://chat.example/ask'],
      ['/ask?name=\u00e9', 'https://chat.example/ask'],
      ['/a|b?q={', new URL('https://chat.example/a|b').href],
      ['/a^b', new URL('https://chat.example/a^b').href],
    ] as const) {
      const headers = { authorization: `DPoP ${token}`, dpop: client.sign(client.header, payload({ htu })) };
      expect([asked, codeOf(await verifier.verify({ method: 'POST', url: asked, headers }))]).toEqual([asked, 'authorized']);
    }
  });

  test('never depends on the Host header, nor on the address of a Fetch request', async () => {
    const { client, token, payload, verifier } = await bound();
    const proof = client.sign(client.header, payload({ htu: 'https://evil.example/ask' }));
    const headers = { authorization: `DPoP ${token}`, dpop: proof, host: 'evil.example' };
    expect(codeOf(await verifier.verify(requestWith(headers, 'POST', 'https://evil.example/ask')))).toBe('invalid_dpop_proof');
    expect(codeOf(await verifier.verify({ method: 'POST', url: '/ask', headers }))).toBe('invalid_dpop_proof');
  });

  test('can be any of several public addresses, with a path that a proxy takes away', async () => {
    const { send, prove, make } = await bound();
    const verifier = make({ publicUrls: ['https://www.example/', 'https://api.example/v1'] });
    for (const [htu, code] of [
      ['https://www.example/ask', 'authorized'],
      ['https://api.example/v1/ask', 'authorized'],
      ['https://api.example/ask', 'invalid_dpop_proof'],
      [address, 'invalid_dpop_proof'],
    ] as const) {
      expect([htu, codeOf(await send(prove({ htu, nonce: verifier.nonce() }), { verifier }))]).toEqual([htu, code]);
    }
  });

  test('that is not known makes bound tokens be refused, with words for the operator', async () => {
    const { send, prove, make, problems } = await bound();
    const verifier = make({ publicUrls: undefined });
    expect(await send(prove(), { verifier })).toMatchObject({ authorized: false, code: 'internal', status: 500 });
    expect(String(problems)).toContain('publicUrls');
  });

  test('is the request’s own only where that was asked for', async () => {
    const { client, token, payload, make } = await bound();
    const verifier = make({ publicUrls: 'request' });
    const proof = () => client.sign(client.header, payload({ nonce: verifier.nonce(), htu: 'https://worker.example/ask' }));
    const headers = () => ({ authorization: `DPoP ${token}`, dpop: proof() });
    expect(codeOf(await verifier.verify(requestWith(headers(), 'POST', 'https://worker.example/ask?q=1')))).toBe('authorized');
    expect(codeOf(await verifier.verify(requestWith(headers(), 'POST', 'https://other.example/ask')))).toBe('invalid_dpop_proof');
    expect(codeOf(await verifier.verify({ method: 'POST', url: '/ask', headers: headers() }))).toBe('internal');
  });

  test('of a WebSocket is that of its handshake', async () => {
    const { client, token, payload, verifier } = await bound();
    const present = (url: string, htu: string) => {
      const proof = client.sign(client.header, payload({ htm: 'GET', htu }));
      return verifier.verifyPresented({ token, proof, method: 'GET', url });
    };
    expect(codeOf(await present('/chat?room=1', 'https://chat.example/chat'))).toBe('authorized');
    expect(codeOf(await present('wss://socket.example/chat', 'https://socket.example/chat'))).toBe('authorized');
    expect(codeOf(await present('ws://127.0.0.1:4100/chat', 'http://127.0.0.1:4100/chat'))).toBe('authorized');
    expect(codeOf(await present('/chat', 'https://socket.example/chat'))).toBe('invalid_dpop_proof');
    expect(codeOf(await present('wss://socket.example/chat', 'wss://socket.example/chat'))).toBe('invalid_dpop_proof');
  });
});

test('a proof is used up only by a request that passes everything else', async () => {
  const { send, prove, make, state } = await bound();
  const proof = prove();
  state.away = true;
  expect(codeOf(await send(proof, { verifier: make() }))).toBe('upstream_unavailable');
  state.away = false;
  expect(codeOf(await send(proof))).toBe('authorized');
});

test('a full memory of used proofs refuses new ones, with the time to come again, rather than forget one', async () => {
  const { send, prove, make, advance } = await bound();
  const verifier = make({ proofsMax: 3 });
  const first = prove({ nonce: verifier.nonce() });
  expect(codeOf(await send(first, { verifier }))).toBe('authorized');
  for (let count = 0; count < 2; count += 1) await send(prove({ nonce: verifier.nonce() }), { verifier });
  const refused = await send(prove({ nonce: verifier.nonce() }), { verifier });
  expect(refused).toMatchObject({ code: 'overloaded', status: 503 });
  if (refused.authorized) throw new Error('let in');
  expect(codeOf(await send(first, { verifier }))).toBe('invalid_dpop_proof');
  advance(Number(refused.headers['Retry-After']) * 1000);
  expect(codeOf(await send(prove({ nonce: verifier.nonce() }), { verifier }))).toBe('authorized');
});

test('a visitor who proved possession is told apart from one who need not', async () => {
  const { send, prove } = await bound();
  expect(visitorIn(await send(prove())).proofChecked).toBe(true);
  const unbound = await testbed();
  expect(visitorIn(await unbound.bearer(await unbound.token())).proofChecked).toBe(false);
});
