// What validate does beyond one token and one question: it remembers, it counts, and it ends sessions.

import type { CallContext, InputOf } from '@gangway/contracts/contract';
import { encodeFingerprint } from '@gangway/contracts/fingerprint';
import type { scopedAuth as contract } from '@gangway/contracts/scoped-auth';
import { describe, expect, test } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createScopedAuth } from './create-scoped-auth.ts';
import { athOf, payload, proofClient } from './proof/testing/proofs.ts';
import { fakeClock, signals, startSeconds, testKeyRing } from './testing/fixtures.ts';
import { testRevocations } from './testing/memory-revocation-store.ts';
import { open } from './token/open.ts';

const fingerprint = encodeFingerprint(signals);
const otherBrowser = encodeFingerprint({ ...signals, browser: 'firefox' });
const context: CallContext = { requestId: 'test' };
const invalidToken = { authorized: false, message: 'token_validation_failed' };
const invalidFingerprint = { authorized: false, message: 'fingerprint_validation_failed' };
const htu = 'https://chat.example/v2/Webchat/Token/Refresh';

type ValidateInput = InputOf<typeof contract, 'validate'>;

async function setUp() {
  const clock = fakeClock();
  const revocations = await testRevocations(clock);
  const keyRing = await testKeyRing({ clock });
  const { log, lines } = recordedLog();
  const scopedAuth = createScopedAuth({ clock, keyRing, revocations, log, clockLeewaySeconds: 60 });
  const generate = async (changes: Partial<InputOf<typeof contract, 'generate'>> = {}) => {
    const session = { id: crypto.randomUUID(), startedAt: startSeconds, generation: 0 };
    const { token, identity } = await scopedAuth.generate(
      {
        accountSid: `AC${'1'.repeat(32)}`,
        deploymentSid: `DP${'2'.repeat(32)}`,
        grants: [{ grant: 'chat' }],
        ttl: 1800,
        encrypt: true,
        fingerprint,
        session,
        refreshableUntil: startSeconds + 7200,
        absoluteEnd: startSeconds + 86_400,
        ...changes,
      },
      context,
    );
    return { token, identity, session };
  };
  const validate = (input: ValidateInput) => scopedAuth.validate(input, context);
  const refresh = (token: string, presented: string | undefined = fingerprint, rest: Partial<ValidateInput> = {}) =>
    validate({ token, fingerprint: presented, purpose: 'refresh', ...rest });
  return { clock, keyRing, revocations, lines, generate, validate, refresh };
}

describe('the log says why a token was refused, and nothing of the token', () => {
  test('each reason, with the request id and the session', async () => {
    const { clock, revocations, lines, generate, validate, refresh } = await setUp();
    const { token, session } = await generate();
    const revoked = await generate();
    await revocations.revoke({ kind: 'session', subject: revoked.session.id, reason: 'lost', madeBy: 'test' });
    const bound = await generate({ proofKeyThumbprint: 'x'.repeat(43) });
    const moved = encodeFingerprint({ ...signals, language: 'de', timezone: 60, cookieEnabled: false });
    await refresh('nonsense');
    await refresh(token, otherBrowser);
    await refresh(token, moved);
    await validate({ token, deploymentSid: `DP${'9'.repeat(32)}` });
    await validate({ token: revoked.token });
    await validate({ token: bound.token });
    clock.advanceSeconds(2000);
    await validate({ token });
    expect(lines.map(({ reason }) => reason)).toEqual([
      'it is not a token of ours, or was altered',
      'other browser',
      'other language, timezone, cookieEnabled',
      'it is of another account or deployment',
      'it is revoked',
      'the token is bound to a key, and no proof came',
      'it has expired, or is not valid yet',
    ]);
    expect(lines[1]).toMatchObject({ requestId: 'test', message: 'fingerprint_validation_failed', sessionId: session.id });
    for (const line of lines) expect(JSON.stringify(line)).not.toContain(token.slice(-40));
  });
});

describe('lockout', () => {
  test('the fifth refusal by fingerprint ends the session, whoever asked', async () => {
    const { generate, validate, refresh } = await setUp();
    const { token } = await generate();
    for (const purpose of ['refresh', 'access', 'refresh', 'access', 'refresh'] as const) {
      expect(await validate({ token, fingerprint: otherBrowser, purpose })).toMatchObject(invalidFingerprint);
    }
    expect(await validate({ token, fingerprint })).toMatchObject(invalidToken);
    expect(await refresh(token)).toMatchObject(invalidToken);
  });

  test('of many guesses at once, none behind the fifth goes on with the session', async () => {
    const { generate, refresh } = await setUp();
    const { token } = await generate();
    const guesses = Array.from({ length: 100 }, (_, index) => refresh(token, index < 5 ? otherBrowser : fingerprint));
    const answers = await Promise.all(guesses);
    expect(answers.filter(({ authorized }) => authorized)).toEqual([]);
  });

  test('counts over all tokens of a session, and not over those of others', async () => {
    const { generate, refresh } = await setUp();
    const { token, session } = await generate();
    const { token: next } = await generate({ session: { ...session, generation: 1 } });
    const { token: ofAnother } = await generate();
    for (const each of [token, next, token, next]) expect(await refresh(each, otherBrowser)).toMatchObject(invalidFingerprint);
    expect(await refresh(ofAnother, otherBrowser)).toMatchObject(invalidFingerprint);
    expect(await refresh(token)).toMatchObject({ authorized: true });
    await refresh(next, otherBrowser);
    expect(await refresh(next)).toMatchObject(invalidToken);
    expect(await refresh(ofAnother)).toMatchObject({ authorized: true });
  });

  test('does not count what a report-only deployment lets through', async () => {
    const { generate, refresh } = await setUp();
    const { token } = await generate();
    for (let count = 0; count < 10; count += 1) {
      expect(await refresh(token, otherBrowser, { reportOnly: true })).toMatchObject({
        authorized: true,
        refresh: { reported: ['browser'], fingerprint, boundBefore: true },
      });
    }
    expect(await refresh(token, otherBrowser)).toMatchObject(invalidFingerprint);
    expect(await refresh(token)).toMatchObject({ authorized: true });
  });
});

describe('generations', () => {
  test('a token that was superseded longer ago than the grace ends the session, for backends too', async () => {
    const { clock, generate, validate, refresh } = await setUp();
    const { token, session } = await generate();
    expect(await refresh(token)).toMatchObject({ authorized: true, refresh: { generation: 1 } });
    const { token: next } = await generate({ session: { ...session, generation: 1 } });
    expect(await validate({ token: next })).toMatchObject({ authorized: true });
    clock.advanceSeconds(10.001);
    expect(await refresh(token)).toMatchObject(invalidToken);
    for (const each of [token, next]) {
      expect(await validate({ token: each })).toMatchObject(invalidToken);
      expect(await refresh(each)).toMatchObject(invalidToken);
    }
  });

  test('until the next one is used, the one before is forgiven, however late', async () => {
    const { clock, generate, refresh } = await setUp();
    const { token } = await generate();
    expect(await refresh(token)).toMatchObject({ refresh: { generation: 1 } });
    clock.advanceSeconds(3600);
    expect(await refresh(token)).toMatchObject({ authorized: true, refresh: { generation: 2 } });
  });

  test('a backend that only asks costs no generation', async () => {
    const { generate, validate, refresh } = await setUp();
    const { token } = await generate();
    for (let count = 0; count < 5; count += 1) expect(await validate({ token })).toMatchObject({ authorized: true });
    expect(await refresh(token)).toMatchObject({ refresh: { generation: 1 } });
  });
});

describe('a token that is bound to a key', () => {
  async function bound() {
    const { clock, generate, validate, refresh } = await setUp();
    const client = proofClient();
    const { token } = await generate({ proofKeyThumbprint: client.thumbprint });
    const nonce = (await validate({ token })).dpopNonce;
    const proof = (changes: object = {}) => client.sign(client.header, payload(nonce, { htu, ath: athOf(token), ...changes }));
    const proven = (changes: object = {}) => ({ proof: proof(changes), htm: 'POST', htu: [htu] });
    return { clock, client, token, validate, refresh, proven };
  }

  test('is refreshed as often as its key signs, without generations', async () => {
    const { clock, token, refresh, proven } = await bound();
    for (let count = 0; count < 3; count += 1) {
      expect(await refresh(token, fingerprint, proven())).toMatchObject({ authorized: true, proofChecked: true });
      clock.advanceSeconds(20);
    }
  });

  test('is never locked: another browser without the key is refused before, one with it does not count', async () => {
    const { token, refresh, proven } = await bound();
    for (let count = 0; count < 10; count += 1) {
      expect(await refresh(token, otherBrowser)).toMatchObject({ authorized: false, message: 'proof_validation_failed' });
      expect(await refresh(token, otherBrowser, proven())).toMatchObject(invalidFingerprint);
    }
    expect(await refresh(token, fingerprint, proven())).toMatchObject({ authorized: true });
  });

  test.each([
    ['of an hour ago', -3600],
    ['of an hour from now', 3600],
  ])('takes a proof %s: the nonce says how fresh it is', async (_, seconds) => {
    const { token, refresh, proven } = await bound();
    expect(await refresh(token, fingerprint, proven({ iat: startSeconds + seconds }))).toMatchObject({ authorized: true });
  });

  test('wants another nonce after five minutes', async () => {
    const { clock, token, refresh, proven } = await bound();
    clock.advanceSeconds(300);
    expect(await refresh(token, fingerprint, proven())).toMatchObject({ authorized: false, message: 'proof_nonce_required' });
  });

  test('report-only does not soften the proof, the account, the deployment or the revocation', async () => {
    const { generate, refresh, revocations } = await setUp();
    const reportOnly = { reportOnly: true };
    const { token } = await generate({ proofKeyThumbprint: proofClient().thumbprint });
    expect(await refresh(token, fingerprint, reportOnly)).toMatchObject({ message: 'proof_validation_failed' });
    const { token: unbound, session } = await generate();
    const elsewhere = { ...reportOnly, deploymentSid: `DP${'3'.repeat(32)}` };
    expect(await refresh(unbound, fingerprint, elsewhere)).toMatchObject(invalidToken);
    const other = { ...reportOnly, accountSid: `AC${'3'.repeat(32)}` };
    expect(await refresh(unbound, fingerprint, other)).toMatchObject(invalidToken);
    await revocations.revoke({ kind: 'session', subject: session.id, reason: 'test', madeBy: 'test' });
    expect(await refresh(unbound, otherBrowser, reportOnly)).toMatchObject(invalidToken);
  });
});

test.each(['token', 'session', 'identity', 'deployment', 'account'] as const)('a revoked %s is refused at once', async (kind) => {
  const { generate, validate, refresh, revocations, keyRing } = await setUp();
  const { token, identity, session } = await generate();
  expect(await validate({ token })).toMatchObject({ authorized: true });
  const subjects = {
    token: open(token, keyRing)?.jti,
    session: session.id,
    identity,
    deployment: `DP${'2'.repeat(32)}`,
    account: `AC${'1'.repeat(32)}`,
  };
  await revocations.revoke({ kind, subject: subjects[kind] ?? '', reason: 'test', madeBy: 'test' });
  expect(await validate({ token })).toMatchObject(invalidToken);
  expect(await refresh(token)).toMatchObject(invalidToken);
});
