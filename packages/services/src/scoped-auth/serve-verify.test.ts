// What the route for proxies makes of a request, whatever the judge of tokens says: who is believed, and what comes out.

import type { AddressInfo } from 'node:net';
import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import { Refusal } from '@gangway/contracts/refusals';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { expect, onTestFinished, test } from 'vitest';
import type { Awaitable } from '../platform/awaitable.ts';
import { chosenRequestId, createListener } from '../platform/listener.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { serveVerify } from './serve-verify.ts';

type Input = InputOf<typeof scopedAuth, 'validate'>;
type Answer = AnswerOf<typeof scopedAuth, 'validate'>;

const greeting = { grant: 'chat', greeting: 'Grüße, 你好 😀\r\nX-Evil: 1' };
const authorized: Extract<Answer, { authorized: true }> = {
  authorized: true,
  auth_account: { account_id: '11111111-1111-1111-1111-111111111111', account_sid: `AC${'1'.repeat(32)}` },
  grants: [greeting],
  identity: '6f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11',
  deploymentSid: `DP${'2'.repeat(32)}`,
  tokenId: 'b1b9f3f7-93a0-4a88-8f0c-1f6a8f0b7c22',
  session: { id: '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33', startedAt: 1, generation: 0 },
  expiration: '2030-01-01T00:00:00.000Z',
  ...{ refreshableUntil: 2, absoluteEnd: 3, fingerprintChecked: false, proofChecked: true },
  ...{ revocationsAsOf: '2030-01-01T00:00:00.000Z', dpopNonce: 'a nonce' },
};
const backend = { id: 'b', accounts: [`AC${'1'.repeat(32)}`] };

function setUp({ isTrusted = true, judge = (): Awaitable<Answer> => authorized } = {}) {
  const asked: [Input, CallContext][] = [];
  const listener = createListener({ log: recordedLog().log, requestIdOf: chosenRequestId });
  serveVerify(listener, {
    scopedAuth: {
      judge(input, context) {
        asked.push([input, context]);
        return judge();
      },
    },
    verifyCredential: (credential) => (credential === 'gwb_x' ? backend : undefined),
    isTrusted: () => isTrusted,
  });
  onTestFinished(() => listener.close());
  // Over a connection: what is asked as it should be never gets as far as the routes.
  const verify = async (headers: Record<string, string>, path = '/v1/verify', method = 'GET') => {
    if (!listener.server.listening) await listener.listen({ host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}${path}`;
    const answer = await fetch(url, { method, headers: { 'x-gangway-credential': 'gwb_x', ...headers } });
    const body = await answer.text();
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body, json: () => JSON.parse(body) };
  };
  return { asked, verify };
}

const bound = {
  authorization: 'DPoP a-token',
  dpop: 'a proof',
  'x-original-method': 'POST',
  'x-original-url': 'https://chat.example/ask',
};

test('what a proxy says of the request counts where the proxy is trusted; what another says is not looked at', async () => {
  const [trusted, stranger] = [setUp(), setUp({ isTrusted: false })];
  for (const { verify } of [trusted, stranger]) await verify(bound);
  const proof = { token: 'a-token', proof: 'a proof' };
  const context = { requestId: expect.any(String), backend };
  expect(trusted.asked).toEqual([[{ ...proof, htm: 'POST', htu: ['https://chat.example/ask'] }, context]]);
  expect(stranger.asked).toEqual([[{ ...proof, htm: '', htu: [] }, context]]);
});

test('a token that comes as Bearer brings no proof, and the scheme is read in any case', async () => {
  const { asked, verify } = setUp();
  for (const authorization of ['Bearer a-token', 'bearer a-token']) await verify({ ...bound, authorization });
  await verify({ ...bound, authorization: 'dpop a-token' });
  expect(asked.map(([{ proof }]) => proof)).toEqual([undefined, undefined, 'a proof']);
});

test('nobody is asked without a credential that counts and a token', async () => {
  const { asked, verify } = setUp();
  const wrong: Record<string, string>[] = [
    {},
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer two words' },
    { authorization: 'Basic x' },
  ];
  for (const headers of wrong) expect((await verify(headers)).headers['x-gangway-code']).toBe('invalid_token');
  for (const credential of ['', 'gwb_y', 'Bearer gwb_x']) {
    const { statusCode, headers } = await verify({ ...bound, 'x-gangway-credential': credential });
    expect([statusCode, headers['x-gangway-code']]).toEqual([403, 'caller_not_allowed']);
  }
  expect(asked).toEqual([]);
});

test('grants of any text stay in their one header', async () => {
  const { headers } = await setUp().verify(bound);
  const grants = String(headers['x-gangway-grants']);
  expect(grants).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(grants)).toEqual(authorized.grants);
  expect([headers['x-evil'], headers['x-gangway-proof-checked'], headers['dpop-nonce']]).toEqual([undefined, 'true', 'a nonce']);
});

test.each([
  ['token_validation_failed', 401, 'invalid_token'],
  ['fingerprint_validation_failed', 403, 'invalid_fingerprint'],
  ['proof_validation_failed', 401, 'invalid_dpop_proof'],
  ['proof_nonce_required', 401, 'use_dpop_nonce'],
] as const)('%s is %i %s, with a fresh nonce and nobody’s identity', async (message, status, code) => {
  const { verify } = setUp({ judge: () => ({ authorized: false, message, dpopNonce: 'fresh' }) });
  const { statusCode, headers, json } = await verify(bound);
  expect([statusCode, headers['x-gangway-code'], json().code, headers['dpop-nonce']]).toEqual([status, code, code, 'fresh']);
  expect(headers['x-gangway-identity']).toBeUndefined();
  expect(headers['www-authenticate']).toBe(`DPoP error="${code}", algs="ES256"`);
});

test('what fails is no refusal of the visitor', async () => {
  const judge = () => {
    throw new Refusal('upstream_unavailable', { retryAfterSeconds: 1 });
  };
  const { statusCode, headers } = await setUp({ judge }).verify(bound);
  expect([statusCode, headers['x-gangway-code'], headers['retry-after']]).toEqual([503, 'upstream_unavailable', '1']);
});

test('the two ways to the route answer the same, and a judgement that takes its time is waited for', async () => {
  const withoutDate = ({ date, ...headers }: Record<string, string | undefined>) => headers;
  const judges: (() => Answer | Promise<Answer>)[] = [
    () => authorized,
    async () => authorized,
    () => ({ authorized: false, message: 'proof_nonce_required', dpopNonce: 'fresh' }),
    async () => ({ authorized: false, message: 'token_validation_failed', dpopNonce: 'fresh' }),
  ];
  for (const judge of judges) {
    const { verify, asked } = setUp({ judge });
    const [shorter, longer] = [
      await verify({ ...bound, 'x-request-id': 'one' }),
      await verify({ ...bound, 'x-request-id': 'one' }, '/V1/verify?x=1'),
    ];
    expect([shorter.statusCode, shorter.body]).toEqual([longer.statusCode, longer.body]);
    expect({ 'content-type': longer.headers['content-type'], ...withoutDate(shorter.headers) }).toEqual(
      withoutDate(longer.headers),
    );
    expect(asked[0]).toEqual(asked[1]);
  }
});

test('a refusal is judged once, and its id is that of the log', async () => {
  const { verify, asked } = setUp({ judge: () => ({ authorized: false, message: 'token_validation_failed', dpopNonce: 'x' }) });
  const { json } = await verify(bound);
  expect(asked.map(([, { requestId }]) => requestId)).toEqual([json().requestId]);
});

test('what a visitor wrote as the id of the request is not what the log calls it, unless it could be one', async () => {
  const { verify, asked } = setUp();
  for (const id of ['one', 'x'.repeat(1000), 'a b', '{"level":60}']) {
    for (const path of ['/v1/verify', '/V1/verify']) await verify({ ...bound, 'x-request-id': id }, path);
  }
  const ids = asked.map(([, { requestId }]) => requestId);
  expect(ids.slice(0, 2)).toEqual(['one', 'one']);
  for (const id of ids.slice(2)) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  [
    'synchronously',
    () => {
      throw new TypeError('broken');
    },
  ],
  ['later', () => Promise.reject(new TypeError('broken'))],
])('what goes wrong %s is no yes, and says nothing of itself', async (_, judge) => {
  const { statusCode, headers, body } = await setUp({ judge }).verify(bound);
  expect([statusCode, headers['x-gangway-code'], headers['x-gangway-identity']]).toEqual([500, 'internal', undefined]);
  expect(body).not.toContain('broken');
});

test('another method than GET is asked in vain', async () => {
  const { asked, verify } = setUp();
  expect((await verify(bound, '/v1/verify', 'POST')).statusCode).toBe(405);
  expect(asked).toEqual([]);
});
