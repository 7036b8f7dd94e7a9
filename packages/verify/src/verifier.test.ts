// What a backend is promised of `verify`, with either cryptography: who is let in, and everybody else is not.

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { nodePrimitives } from './crypto/node-primitives.ts';
import { webPrimitives } from './crypto/web-primitives.ts';
import {
  account,
  address,
  codeOf,
  deployment,
  otherAccount,
  requestWith,
  type TestbedOptions,
  testbed,
  visitorIn,
} from './testing/testbed.ts';
import { createVerifier } from './verifier.ts';

const feedPath = '/v1/Revocations';
const keysPath = '/v1/Keys';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const cryptography = [
  ['Node', nodePrimitives() ?? webPrimitives],
  ['WebCrypto', webPrimitives],
] as const;

test('here, the tests of Node’s cryptography are not those of WebCrypto again', () => {
  expect(nodePrimitives()).toBeDefined();
  expect(cryptography[0][1]).not.toBe(webPrimitives);
});

describe.each(cryptography)('with the cryptography of %s', (_name, primitives) => {
  const open = (options: TestbedOptions = {}) => testbed({ primitives, ...options });

  describe.each([
    ['encrypted', true],
    ['signed', false],
  ])('an %s token', (_kind, encrypt) => {
    test('says who the visitor is', async () => {
      const { token, bearer, clock } = await open();
      const session = { id: randomUUID(), startedAt: 1_893_456_000, generation: 4 };
      const identity = randomUUID();
      const grants = [{ grant: 'chat', tokens: 500 }];
      expect(await bearer(await token({ encrypt, session, identity, grants }))).toEqual({
        ...{ authorized: true, identity, account, deployment, grants, session: session.id, sessionStartedAt: session.startedAt },
        ...{ tokenId: expect.any(String), fingerprintChecked: false, proofChecked: false },
        ...{ expiresAt: clock.now() + 1_800_000, expiration: 1_893_456_000 + 1800, verifiedAt: clock.now() },
      });
    });

    test('of another account is refused, and one of a named account alone is let in', async () => {
      const { token, bearer, accounts, make } = await open();
      accounts.push(otherAccount);
      const [own, other] = [await token({ encrypt }), await token({ encrypt, accountSid: otherAccount })];
      expect([codeOf(await bearer(own)), codeOf(await bearer(other))]).toEqual(['authorized', 'authorized']);
      const narrow = make({ accounts: [account] });
      expect([codeOf(await bearer(own, narrow)), codeOf(await bearer(other, narrow))]).toEqual(['authorized', 'invalid_token']);
      accounts.splice(1);
      const fresh = make();
      expect([codeOf(await bearer(own, fresh)), codeOf(await bearer(other, fresh))]).toEqual(['authorized', 'invalid_token']);
    });

    test('is refused when it has expired, whatever this machine thinks of the time', async () => {
      for (const clockDifferenceMs of [0, -3_600_000, 3_600_000]) {
        const { token, bearer, advance } = await open({ clockDifferenceMs });
        const made = await token({ encrypt, ttl: 600 });
        expect(codeOf(await bearer(made))).toBe('authorized');
        advance(590_000);
        expect(codeOf(await bearer(made))).toBe('authorized');
        // The service itself forgives clocks a minute.
        advance(80_000);
        expect([clockDifferenceMs, codeOf(await bearer(made))]).toEqual([clockDifferenceMs, 'invalid_token']);
      }
    });

    test('is refused after its end when the machine slept meanwhile, or had its clock set back', async () => {
      for (const mishap of ['sleep', 'set'] as const) {
        const { token, verifier, bearer, clock, serviceClock } = await open();
        const made = await token({ encrypt, ttl: 600 });
        const visitor = visitorIn(await bearer(made));
        serviceClock.advance(661_000);
        if (mishap === 'sleep') clock.sleep(661_000);
        else {
          clock.advance(661_000);
          clock.set(-3_600_000);
        }
        expect([mishap, verifier.isAlive(visitor)]).toEqual([mishap, false]);
        expect([mishap, codeOf(await bearer(made))]).toEqual([mishap, 'invalid_token']);
      }
    });

    test('is refused once the feed has told of its end, and its visitor is not alive', async () => {
      for (const kind of ['token', 'session', 'identity', 'deployment', 'account'] as const) {
        const { token, verifier, bearer, revoke, advance } = await open();
        const made = await token({ encrypt });
        const visitor = visitorIn(await bearer(made));
        const told: string[] = [];
        verifier.onRevoked(visitor, () => told.push(visitor.identity));
        expect(verifier.isAlive(visitor)).toBe(true);
        advance(1000);
        await revoke(kind, { ...visitor, token: visitor.tokenId }[kind]);
        advance(500);
        await vi.advanceTimersByTimeAsync(500);
        expect([kind, codeOf(await bearer(made)), verifier.isAlive(visitor), told]).toEqual([
          ...[kind, 'invalid_token', false],
          [visitor.identity],
        ]);
        advance(1000);
        const later = await token({ encrypt });
        const isOfAll = kind === 'deployment' || kind === 'account';
        expect([kind, codeOf(await bearer(later))]).toEqual([kind, 'authorized']);
        expect(isOfAll || !verifier.isAlive(visitor)).toBe(true);
      }
    });

    test('that was revoked before it was seen is refused', async () => {
      const { token, bearer, make, revoke } = await open();
      const made = await token({ encrypt });
      await revoke('session', visitorIn(await bearer(made)).session);
      expect(codeOf(await bearer(made, make()))).toBe('invalid_token');
    });

    test('is refused with 503 where the service cannot be asked, and never let in for want of knowledge', async () => {
      const { token, bearer, state, make, problems } = await open();
      const made = await token({ encrypt });
      state.away = true;
      expect(await bearer(made, make())).toEqual({
        ...{ authorized: false, code: 'upstream_unavailable', status: 503 },
        ...{ message: expect.any(String), headers: { 'Retry-After': '1' } },
      });
      expect(JSON.stringify(problems.map(String))).not.toContain(made);
      expect(problems.length).toBeGreaterThan(0);
    });

    test('gives an answer that no request can change for another', async () => {
      const { token, bearer } = await open();
      const made = await token({ encrypt });
      const visitor = visitorIn(await bearer(made));
      expect(() => Object.assign(visitor, { identity: 'x' })).toThrow(TypeError);
      try {
        Object.assign(visitor.grants[0] ?? {}, { grant: 'admin' });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
      expect(visitorIn(await bearer(made)).grants).toEqual([{ grant: 'chat' }]);
    });
  });

  test('signed tokens are verified here: the service is asked for keys and feed once, and for no token', async () => {
    const { token, bearer, calls } = await open();
    for (let count = 0; count < 20; count += 1) await bearer(await token({ encrypt: false }));
    expect(calls.toSorted()).toEqual([keysPath, feedPath]);
  });

  test('without a credential, signed tokens of the named accounts count, and nothing else is asked for than the keys', async () => {
    const { token, bearer, make, calls } = await open();
    const alone = make({ credential: undefined, accounts: [account] });
    expect(codeOf(await bearer(await token({ encrypt: false }), alone))).toBe('authorized');
    expect(codeOf(await bearer(await token({ encrypt: false, accountSid: otherAccount }), alone))).toBe('invalid_token');
    expect(codeOf(await bearer(await token(), alone))).toBe('invalid_token');
    expect(calls).toEqual(['/.well-known/jwks.json']);
  });

  test('without a credential, a machine whose clock is slow lets no expired token in', async () => {
    const { token, bearer, make, advance } = await open({ clockDifferenceMs: -3_600_000 });
    const alone = make({ credential: undefined, accounts: [account] });
    const made = await token({ encrypt: false, ttl: 60 });
    expect(codeOf(await bearer(made, alone))).toBe('authorized');
    advance(70_000);
    expect(codeOf(await bearer(made, alone))).toBe('invalid_token');
  });

  test('both algorithms of signed tokens verify, each under its own kind of key alone', async () => {
    const { token, bearer, state, make } = await open();
    const payload = (await token({ encrypt: false })).split('.')[1] ?? '';
    const curves = { ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }), EdDSA: generateKeyPairSync('ed25519') };
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const made = (alg: string, kid: string) => {
      const input = `${encode({ alg, typ: 'gangway-signed+jwt', kid })}.${payload}`;
      const es = { key: curves.ES256.privateKey, dsaEncoding: 'ieee-p1363' } as const;
      const signature =
        kid === 'ES256' ? sign('sha256', Buffer.from(input), es) : sign(null, Buffer.from(input), curves.EdDSA.privateKey);
      return `${input}.${signature.toString('base64url')}`;
    };
    state.keys = () => ({
      keys: Object.entries(curves).map(([kid, { publicKey }]) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid,
        use: 'sig',
      })) as never,
    });
    const fresh = make();
    for (const alg of ['ES256', 'EdDSA', 'HS256', 'none', 'Ed25519']) {
      for (const kid of ['ES256', 'EdDSA']) {
        expect([alg, kid, codeOf(await bearer(made(alg, kid), fresh))]).toEqual([
          alg,
          kid,
          alg === kid ? 'authorized' : 'invalid_token',
        ]);
      }
    }
  });
});

describe('a request', () => {
  test('that brings no token, or several, or another scheme, is refused; addresses and bodies are not read', async () => {
    const { token, verifier } = await testbed();
    const made = await token();
    const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
    const none = await verifier.verify(
      new Request(`${address}?access_token=${made}`, { method: 'POST', body: `access_token=${made}` }),
    );
    expect(none).toMatchObject({ code: 'invalid_token', status: 401, headers: challenge });
    for (const authorization of [
      `Basic ${made}`,
      made,
      'Bearer',
      'Bearer ',
      `Bearer  `,
      `Bearer\t${made}`,
      `Bearer ${made} x`,
      `XBearer ${made}`,
    ]) {
      expect([authorization, codeOf(await verifier.verify(requestWith({ authorization })))]).toEqual([
        authorization,
        'invalid_token',
      ]);
    }
    expect(codeOf(await verifier.verify(requestWith({ authorization: `Bearer ${made}, Bearer ${made}` })))).toBe(
      'invalid_request',
    );
    expect(codeOf(await verifier.verify(requestWith({ authorization: `bEaReR   ${made}` })))).toBe('authorized');
  });

  test('of Node is read like one of Fetch, and duplicates that Node hides are found', async () => {
    const { token, verifier } = await testbed();
    const authorization = `Bearer ${await token()}`;
    const of = (headers: Record<string, string | string[]>, rawHeaders?: string[]) =>
      verifier.verify({ method: 'POST', url: '/ask', headers, rawHeaders });
    expect(codeOf(await of({ authorization }))).toBe('authorized');
    expect(codeOf(await of({ authorization: [authorization] }))).toBe('authorized');
    expect(codeOf(await of({ authorization }, ['Authorization', authorization, 'Host', 'x']))).toBe('authorized');
    expect(codeOf(await of({ authorization }, ['Authorization', authorization, 'AUTHORIZATION', 'Bearer x']))).toBe(
      'invalid_request',
    );
    expect(codeOf(await of({ authorization, dpop: 'x' }, ['DPoP', 'x', 'dpop', 'y']))).toBe('invalid_request');
    expect(codeOf(await of({ authorization: [authorization, authorization] }))).toBe('invalid_request');
    expect(codeOf(await of({}))).toBe('invalid_token');
  });

  test('whose token is too long is refused before anything is looked at', async () => {
    const { verifier, calls } = await testbed();
    for (const text of ['a'.repeat(9000), `${'a.'.repeat(4)}${'b'.repeat(8200)}`, `a.${'b'.repeat(9000)}.c`]) {
      expect(codeOf(await verifier.verify(requestWith({ authorization: `Bearer ${text}` })))).toBe('invalid_token');
      expect(codeOf(await verifier.verifyPresented({ token: text, method: 'GET', url: '/chat' }))).toBe('invalid_token');
    }
    expect(calls).toEqual([]);
  });

  test('with what is no text in place of a token is refused, not failed', async () => {
    const { verifier } = await testbed();
    for (const token of [undefined, null, 7, {}, []] as unknown as string[]) {
      expect(codeOf(await verifier.verifyPresented({ token, method: 'GET', url: '/chat' }))).toBe('invalid_token');
    }
  });
});

describe('options', () => {
  const url = 'http://localhost:4002';
  test.each([
    [{ url }, /credential/],
    [{ url, credential: '' }, /environment variable/],
    [{ url, credential: 'a\nb' }, /credential/],
    [{ url, accounts: [] }, /accounts/],
    [{ url, accounts: ['AC1'] }, /accounts/],
    [{ url: 'localhost:4002', credential: 'x' }, /url/],
    [{ url: 'http://user:secret@localhost', credential: 'x' }, /url/],
    [{ url: 'http://:secret@localhost', credential: 'x' }, /url/],
    [{ url, credential: 'x', publicUrls: ['chat.example'] }, /publicUrls/],
    [{ url, credential: 'x', publicUrls: [] }, /publicUrls/],
    [{ url, credential: 'x', nonceSecret: 'short' }, /nonceSecret/],
  ])('that cannot be right stop the start: %j', (options, message) => {
    expect(() => createVerifier(options)).toThrow(message);
    expect(() => createVerifier(options)).toThrow(TypeError);
  });

  test('that are given as undefined are as if they were left out', async () => {
    const { token, bearer, make } = await testbed();
    const verifier = make({ leewaySeconds: undefined, silenceMsMax: undefined, answersMax: undefined } as never);
    expect(codeOf(await bearer(await token(), verifier))).toBe('authorized');
  });
});

test('a log that fails makes no verdict fail, and ends no process from the background', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const { token, make, bearer, state, advance } = await testbed();
  const verifier = make({
    report() {
      throw new Error('the disk is full');
    },
  });
  const [signed, encrypted] = [await token({ encrypt: false }), await token()];
  expect(codeOf(await bearer(signed, verifier))).toBe('authorized');
  state.away = true;
  advance(40_000);
  for (const one of [signed, encrypted]) expect(codeOf(await bearer(one, verifier))).toBe('upstream_unavailable');
  await vi.advanceTimersByTimeAsync(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
});

test('a wrong credential, or the wrong port, is reported in words for the operator, without the credential', async () => {
  for (const [status, words] of [
    [403, /admits no backend/],
    [404, /service port \(4002\)/],
    [302, /answered 302/],
  ] as const) {
    const { token, bearer, make, problems } = await testbed();
    const verifier = make({ fetch: async () => new Response('{}', { status }) });
    expect(codeOf(await bearer(await token(), verifier))).toBe('upstream_unavailable');
    expect(String(problems[0])).toMatch(words);
    expect(String(problems)).not.toContain('gwb_');
  }
});
