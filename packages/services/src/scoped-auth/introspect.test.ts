// What a backend hears of a token: all that it needs of one that counts and is of an account of its own, and nothing of any
// other.

import type { CallContext, InputOf } from '@gangway/contracts/contract';
import { encodeFingerprint } from '@gangway/contracts/fingerprint';
import type { scopedAuth as contract } from '@gangway/contracts/scoped-auth';
import { expect, test } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createScopedAuth } from './create-scoped-auth.ts';
import { athOf, payload, proofClient } from './proof/testing/proofs.ts';
import { fakeClock, signals, startSeconds, testKeyRing } from './testing/fixtures.ts';
import { testRevocations } from './testing/memory-revocation-store.ts';

const [accountSid, otherAccount, deploymentSid] = [`AC${'1'.repeat(32)}`, `AC${'9'.repeat(32)}`, `DP${'2'.repeat(32)}`];
const asked = (...accounts: string[]): CallContext => ({ requestId: 'test', backend: { id: 'b', accounts } });
const inactive = { active: false };
const session = { id: crypto.randomUUID(), startedAt: startSeconds, generation: 0 };
const htu = 'https://chat.example/ask';

async function setUp() {
  const clock = fakeClock();
  const revocations = await testRevocations(clock);
  const keyRing = await testKeyRing({ clock });
  const { log, lines } = recordedLog();
  const scopedAuth = createScopedAuth({ clock, keyRing, revocations, log, clockLeewaySeconds: 60 });
  const generate = async (changes: Partial<InputOf<typeof contract, 'generate'>> = {}) => {
    const lives = { ttl: 1800, refreshableUntil: startSeconds + 7200, absoluteEnd: startSeconds + 86_400 };
    const input = { accountSid, deploymentSid, grants: [{ grant: 'chat' }], encrypt: true, session, ...lives, ...changes };
    return scopedAuth.generate(input, { requestId: 'test' });
  };
  const introspect = (token: string, context = asked(accountSid)) => scopedAuth.introspect({ token }, context);
  return { clock, revocations, lines, scopedAuth, generate, introspect };
}

test.each([true, false])('a token that counts is described as RFC 7662 has it (encrypted: %s)', async (encrypt) => {
  const { generate, introspect } = await setUp();
  const grants = [{ grant: 'chat', queue: 'sales' }, { grant: 'upload' }, { grant: 'not a scope' }];
  const { token, identity } = await generate({ encrypt, grants, fingerprint: encodeFingerprint(signals) });
  expect(await introspect(token)).toEqual({
    active: true,
    iss: 'gangway',
    sub: identity,
    aud: accountSid,
    client_id: deploymentSid,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    exp: startSeconds + 1800,
    iat: startSeconds,
    nbf: startSeconds,
    scope: 'chat upload',
    token_type: 'Bearer',
    sid: session.id,
    session_started_at: startSeconds,
    deployment_sid: deploymentSid,
    grants,
  });
});

test('a token that is bound to a key says to which, and that it is no bearer token', async () => {
  const { generate, introspect } = await setUp();
  const { token } = await generate({ proofKeyThumbprint: 'x'.repeat(43) });
  expect(await introspect(token)).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: 'x'.repeat(43) } });
});

test('of a token of another account, expired, revoked, altered or none at all, nothing but that it is not active', async () => {
  const { clock, revocations, lines, generate, introspect } = await setUp();
  const { token } = await generate();
  const revoked = await generate({ session: { ...session, id: crypto.randomUUID() }, identity: crypto.randomUUID() });
  await revocations.revoke({ kind: 'identity', subject: revoked.identity, reason: 'lost', madeBy: 'test' });
  expect(await introspect(token, asked(otherAccount))).toEqual(inactive);
  for (const text of [revoked.token, `${token}x`, 'no token', '', 'x'.repeat(20_000)])
    expect(await introspect(text)).toEqual(inactive);
  expect(await introspect(token, asked(otherAccount, accountSid))).toMatchObject({ active: true });
  clock.advanceSeconds(1800 + 60);
  expect(await introspect(token)).toEqual(inactive);
  expect(lines.map(({ reason }) => reason)).toEqual([
    'it is of an account that the backend may not ask about',
    'it is revoked',
    ...Array(4).fill('it is not a token of ours, or was altered'),
    'it has expired, or is not valid yet',
  ]);
});

test('validate tells a backend nothing of a token of another account, and leaves its proof unused', async () => {
  const { generate, scopedAuth } = await setUp();
  const client = proofClient();
  const { token, dpopNonce } = await generate({ proofKeyThumbprint: client.thumbprint });
  const proof = client.sign(client.header, payload(dpopNonce, { htu, ath: athOf(token) }));
  const input = { token, proof, htm: 'POST', htu: [htu] };
  const refused = await scopedAuth.validate(input, asked(otherAccount));
  expect(refused).toEqual({ authorized: false, message: 'token_validation_failed', dpopNonce: expect.any(String) });
  expect(await scopedAuth.validate(input, asked(accountSid))).toMatchObject({ authorized: true, proofChecked: true });
  expect(await scopedAuth.validate(input, asked(accountSid))).toMatchObject({ message: 'proof_validation_failed' });
});

test('the feed tells what was revoked, with its cutoff; of accounts those of the backend alone', async () => {
  const { clock, revocations, scopedAuth } = await setUp();
  const now = new Date(clock.now()).toISOString();
  const feed = (after?: string) => scopedAuth.revocationFeed(after === undefined ? {} : { after }, asked(accountSid));
  expect(await feed()).toEqual({ revocations: [], next: '0', more: false, asOf: now, accounts: [accountSid] });
  const subjects = [
    ['session', session.id],
    ['account', otherAccount],
    ['account', accountSid],
    ['deployment', deploymentSid],
  ] as const;
  for (const [kind, subject] of subjects) await revocations.revoke({ kind, subject, reason: 'a reason', madeBy: 'somebody' });
  const expiresAt = expect.stringMatching(/^2030-01-31T/);
  expect(await feed()).toEqual({
    revocations: [
      { sequence: 1, kind: 'session', subject: session.id, cutoff: null, expiresAt },
      { sequence: 3, kind: 'account', subject: accountSid, cutoff: startSeconds, expiresAt },
      { sequence: 4, kind: 'deployment', subject: deploymentSid, cutoff: startSeconds, expiresAt },
    ],
    ...{ next: '4', more: false, asOf: now, accounts: [accountSid] },
  });
  expect(await feed('4')).toEqual({ revocations: [], next: '4', more: false, asOf: now, accounts: [accountSid] });
  // The store was put back from a backup: all of it is told again.
  expect((await feed('99')).revocations.map(({ sequence }) => sequence)).toEqual([1, 3, 4]);
});

test('the feed comes in pieces of five hundred', async () => {
  const { revocations, scopedAuth } = await setUp();
  const all = Array.from({ length: 501 }, () => crypto.randomUUID());
  for (const subject of all) await revocations.revoke({ kind: 'session', subject, reason: 'x', madeBy: 'test' });
  const first = await scopedAuth.revocationFeed({}, asked(accountSid));
  expect([first.revocations.length, first.next, first.more]).toEqual([500, '500', true]);
  const rest = await scopedAuth.revocationFeed({ after: first.next }, asked(accountSid));
  expect([rest.revocations.map(({ subject }) => subject), rest.next, rest.more]).toEqual([[all[500]], '501', false]);
});
