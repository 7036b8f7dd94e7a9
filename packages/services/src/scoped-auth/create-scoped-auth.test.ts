// Scoped Auth as its callers see it: what generate gives, validate judges by its dates and by its browser.

import type { CallContext } from '@gangway/contracts/contract';
import { encodeFingerprint, type Signals } from '@gangway/contracts/fingerprint';
import { Refusal } from '@gangway/contracts/refusals';
import { scopedAuth as contract, tokenLengthMax } from '@gangway/contracts/scoped-auth';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createScopedAuth } from './create-scoped-auth.ts';
import type { RootKeyStore } from './keys/root-key.ts';
import { fakeClock, memoryRootKeyStore, signals, startSeconds, testKeyRing } from './testing/fixtures.ts';
import { testRevocations } from './testing/memory-revocation-store.ts';
import { open } from './token/open.ts';

const fingerprint = encodeFingerprint(signals);
const otherBrowser = encodeFingerprint({ ...signals, browser: 'firefox' });
const undecodable = 'bm90IHNpZ25hbHM';
const session = { id: '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33', startedAt: startSeconds, generation: 3 };
const request = {
  accountSid: `AC${'1'.repeat(32)}`,
  deploymentSid: `DP${'2'.repeat(32)}`,
  grants: [{ grant: 'chat', topic: 'bikes' }],
  ttl: 1800,
  encrypt: true as const,
  session,
  refreshableUntil: startSeconds + 7200,
  absoluteEnd: startSeconds + 86_400,
};
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const context: CallContext = { requestId: 'test' };

async function setUp(store: RootKeyStore = memoryRootKeyStore()) {
  const clock = fakeClock();
  const keyRing = await testKeyRing({ store, clock });
  const revocations = await testRevocations(clock);
  const { log } = recordedLog();
  const scopedAuth = createScopedAuth({ clock, keyRing, revocations, log, clockLeewaySeconds: 60 });
  const isValid = async (token: string, purpose?: 'access' | 'refresh') =>
    (await scopedAuth.validate({ token, ...(purpose === undefined ? {} : { purpose }) }, context)).authorized;
  return { clock, keyRing, scopedAuth, isValid };
}

describe('generate', () => {
  test('gives an encrypted token, a new random identity and the expiration', async () => {
    const { scopedAuth } = await setUp();
    const answer = await scopedAuth.generate(request, context);
    expect(Compile(contract.operations.generate.answer).Check(answer)).toBe(true);
    expect(answer.identity).toMatch(uuid);
    expect(answer.expiration).toBe('2030-01-01T00:30:00.000Z');
    expect((await scopedAuth.generate(request, context)).identity).not.toBe(answer.identity);
  });

  test('keeps an identity that is given', async () => {
    const { scopedAuth, keyRing } = await setUp();
    const identity = '6f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11';
    const answer = await scopedAuth.generate({ ...request, identity }, context);
    expect(answer.identity).toBe(identity);
    expect(open(answer.token, keyRing)?.sub).toBe(identity);
  });

  test('gives every token an id of its own', async () => {
    const { scopedAuth, keyRing } = await setUp();
    const ids = await Promise.all(
      Array.from({ length: 100 }, async () => open((await scopedAuth.generate(request, context)).token, keyRing)?.jti),
    );
    expect(new Set(ids).size).toBe(100);
  });

  test('never lets a token live past the absolute end of its session', async () => {
    const { scopedAuth } = await setUp();
    const { expiration } = await scopedAuth.generate({ ...request, absoluteEnd: startSeconds + 100 }, context);
    expect(expiration).toBe('2030-01-01T00:01:40.000Z');
  });

  test('refuses grants that make a token too long to be admitted again, without showing it', async () => {
    const { scopedAuth, isValid } = await setUp();
    const grantsOf = (length: number) => [{ grant: 'chat', note: 'n'.repeat(length) }];
    const refused = scopedAuth.generate({ ...request, grants: grantsOf(6000) }, context);
    await expect(refused).rejects.toThrow(Refusal);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', message: expect.not.stringContaining('nnn') });
    const { token } = await scopedAuth.generate({ ...request, grants: grantsOf(5000) }, context);
    expect(token.length).toBeLessThanOrEqual(tokenLengthMax);
    expect(await isValid(token)).toBe(true);
  });
});

test('validate gives back what generate was told', async () => {
  const { scopedAuth } = await setUp();
  const { token, identity, expiration } = await scopedAuth.generate({ ...request, fingerprint }, context);
  const answer = await scopedAuth.validate({ token, fingerprint }, context);
  expect(answer).toEqual({
    authorized: true,
    auth_account: { account_id: '11111111-1111-1111-1111-111111111111', account_sid: request.accountSid },
    grants: request.grants,
    identity,
    deploymentSid: request.deploymentSid,
    tokenId: expect.stringMatching(uuid),
    session,
    expiration,
    refreshableUntil: request.refreshableUntil,
    absoluteEnd: request.absoluteEnd,
    fingerprintChecked: true,
    proofChecked: false,
    revocationsAsOf: expect.stringMatching(/^20\d\d-.*Z$/),
    dpopNonce: expect.stringMatching(/^[\w-]{28}$/),
  });
  expect(Compile(contract.operations.validate.answer).Check(answer)).toBe(true);
});

describe('a token', () => {
  test('is valid until it expires, and for the leeway of 60 s after', async () => {
    const { clock, scopedAuth, isValid } = await setUp();
    const { token } = await scopedAuth.generate(request, context);
    clock.advanceSeconds(1859.999);
    expect(await isValid(token)).toBe(true);
    clock.advanceSeconds(0.001);
    expect(await isValid(token)).toBe(false);
  });

  test('of a node whose clock is ahead is valid within the leeway, for both purposes', async () => {
    const { clock, scopedAuth, isValid } = await setUp();
    clock.advanceSeconds(60);
    const { token } = await scopedAuth.generate(request, context);
    clock.advanceSeconds(-60);
    expect([await isValid(token), await isValid(token, 'refresh')]).toEqual([true, true]);
    clock.advanceSeconds(-0.001);
    expect([await isValid(token), await isValid(token, 'refresh')]).toEqual([false, false]);
  });

  test('that has expired can be refreshed to the last moment of its idle time, without leeway', async () => {
    const { clock, scopedAuth, isValid } = await setUp();
    const { token } = await scopedAuth.generate(request, context);
    clock.advanceSeconds(7200);
    expect([await isValid(token), await isValid(token, 'refresh')]).toEqual([false, true]);
    clock.advanceSeconds(0.001);
    expect(await isValid(token, 'refresh')).toBe(false);
  });

  test('cannot be refreshed past the absolute end of its session, whatever it says of its idle time', async () => {
    const { clock, scopedAuth, isValid } = await setUp();
    const { token } = await scopedAuth.generate({ ...request, absoluteEnd: startSeconds + 100 }, context);
    clock.advanceSeconds(100);
    expect(await isValid(token, 'refresh')).toBe(true);
    clock.advanceSeconds(0.001);
    expect(await isValid(token, 'refresh')).toBe(false);
  });

  test('survives a restart', async () => {
    const store = memoryRootKeyStore();
    const { token } = await (await setUp(store)).scopedAuth.generate(request, context);
    expect(await (await setUp(store)).isValid(token)).toBe(true);
  });

  test('of another environment is refused', async () => {
    const { token } = await (await setUp()).scopedAuth.generate(request, context);
    expect(await (await setUp()).isValid(token)).toBe(false);
  });
});

const invalidToken = { authorized: false, message: 'token_validation_failed', dpopNonce: expect.stringMatching(/^[\w-]{28}$/) };
const invalidFingerprint = { authorized: false, message: 'fingerprint_validation_failed' };

describe('the fingerprint', () => {
  const drifted: Signals = { ...signals, browserMajor: 137, timezone: 120, language: 'de-DE' };

  test.each<[string, string | undefined, object, object]>([
    ['the same browser', fingerprint, { fingerprint }, { authorized: true, fingerprintChecked: true }],
    ['another browser', fingerprint, { fingerprint: otherBrowser }, invalidFingerprint],
    ['another browser, sensitivity low', fingerprint, { fingerprint: otherBrowser, sensitivity: 'low' }, invalidFingerprint],
    [
      'another browser, sensitivity off',
      fingerprint,
      { fingerprint: otherBrowser, sensitivity: 'off' },
      { authorized: true, fingerprintChecked: false },
    ],
    [
      'drift, medium unless said',
      fingerprint,
      { fingerprint: encodeFingerprint(drifted) },
      { authorized: true, fingerprintChecked: true },
    ],
    [
      'drift, sensitivity high',
      fingerprint,
      { fingerprint: encodeFingerprint(drifted), sensitivity: 'high' },
      invalidFingerprint,
    ],
    ['none presented', fingerprint, {}, { authorized: true, fingerprintChecked: false }],
    ['none bound', undefined, { fingerprint }, { authorized: true, fingerprintChecked: false }],
    ['none at all', undefined, {}, { authorized: true, fingerprintChecked: false }],
    ['undecodable', fingerprint, { fingerprint: undecodable }, invalidFingerprint],
    ['undecodable, none bound', undefined, { fingerprint: undecodable }, invalidFingerprint],
    [
      'undecodable, sensitivity off',
      fingerprint,
      { fingerprint: undecodable, sensitivity: 'off' },
      { authorized: true, fingerprintChecked: false },
    ],
    ['undecodable on both sides', undecodable, { fingerprint: undecodable }, invalidFingerprint],
    ['undecodable signals bound', undecodable, { fingerprint }, invalidFingerprint],
  ])('%s', async (_name, bound, presented, expected) => {
    const { scopedAuth } = await setUp();
    const { token } = await scopedAuth.generate({ ...request, ...(bound === undefined ? {} : { fingerprint: bound }) }, context);
    for (const purpose of ['access', 'refresh'] as const) {
      expect(await scopedAuth.validate({ token, purpose, ...presented }, context)).toMatchObject(expected);
    }
  });

  test('is not judged with a token that is not valid', async () => {
    const { clock, scopedAuth } = await setUp();
    const { token } = await scopedAuth.generate({ ...request, fingerprint }, context);
    clock.advanceSeconds(90_000);
    for (const presented of [fingerprint, otherBrowser, undecodable]) {
      for (const text of [token, `${token}x`, 'x']) {
        expect(await scopedAuth.validate({ token: text, fingerprint: presented }, context)).toEqual(invalidToken);
      }
    }
  });
});

test('the steps of the diagrams are noted in their words', async () => {
  const { scopedAuth } = await setUp();
  const { token } = await scopedAuth.generate({ ...request, fingerprint }, context);
  const stepsOf = async (input: { token: string; fingerprint?: string }) => {
    const trace: NonNullable<CallContext['trace']> = [];
    await scopedAuth.validate(input, { requestId: 'test', trace });
    return trace.map(({ from, to, kind, label, fields }) => [from, to, kind, label, Object.keys(fields).length]);
  };
  const step = (label: string) => [['scoped-auth', 'scoped-auth', 'step', label, 0]];
  expect(await stepsOf({ token, fingerprint })).toEqual(step('Valid token and valid fingerprint'));
  expect(await stepsOf({ token, fingerprint: otherBrowser })).toEqual(step('Valid token and invalid fingerprint'));
  expect(await stepsOf({ token: 'x', fingerprint })).toEqual(step('Invalid token'));
  expect(await stepsOf({ token })).toEqual(step('Valid token'));
});

test('whatever text comes as a token, validate answers and shows nothing of it', async () => {
  const { scopedAuth } = await setUp();
  const { token } = await scopedAuth.generate(request, context);
  for (const text of [
    '',
    '.',
    '....',
    'null',
    '{}',
    token.slice(1),
    token.repeat(2),
    token.repeat(10),
    '\u0000',
    'é'.repeat(9000),
  ]) {
    const answer = await scopedAuth.validate({ token: text, purpose: 'refresh' }, context);
    expect(answer).toEqual(invalidToken);
  }
});
