// What the route for proxies makes of a request, whatever the judge of tokens says: who is believed, and what comes out.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import { Refusal } from '@gangway/contracts/refusals';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { expect, onTestFinished, test } from 'vitest';
import { createListener } from '../platform/listener.ts';
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

function setUp({ isTrusted = true, judge = () => authorized as Answer } = {}) {
  const asked: [Input, CallContext][] = [];
  const listener = createListener({ log: recordedLog().log });
  serveVerify(listener, {
    scopedAuth: {
      async validate(input, context) {
        asked.push([input, context]);
        return judge();
      },
    },
    verifyBackend: (authorization) => (authorization === 'Bearer gwb_x' ? backend : undefined),
    isTrusted: () => isTrusted,
  });
  onTestFinished(() => listener.close());
  const verify = (headers: Record<string, string>) =>
    listener.inject({ method: 'GET', url: '/v1/verify', headers: { 'x-gangway-credential': 'gwb_x', ...headers } });
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
