// What each kind of revocation ends, and what it leaves alone.

import { expect, test } from 'vitest';
import { type RevocationKind, revocationKinds } from './revocation.ts';
import { createRevocationIndex, type RevocableClaims } from './revocation-index.ts';

const startMs = Date.UTC(2030, 0, 1);
const startSeconds = startMs / 1000;

const claims: RevocableClaims = {
  jti: 'b1b9f3f7-93a0-4a88-8f0c-1f6a8f0b7c22',
  sid: '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33',
  sub: '6f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11',
  dep: `DP${'2'.repeat(32)}`,
  aud: `AC${'1'.repeat(32)}`,
  sst: startSeconds,
};
const subjectOf: Readonly<Record<RevocationKind, string>> = {
  token: claims.jti,
  session: claims.sid,
  identity: claims.sub,
  deployment: claims.dep,
  account: claims.aud,
};
const others: RevocableClaims = {
  jti: 'c1b9f3f7-93a0-4a88-8f0c-1f6a8f0b7c22',
  sid: '1d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33',
  sub: '7f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11',
  dep: `DP${'2'.repeat(31)}3`,
  aud: `AC${'1'.repeat(31)}2`,
  sst: startSeconds,
};

function indexWith(kind: RevocationKind, createdAtMs = startMs + 60_000, subject = subjectOf[kind]) {
  const index = createRevocationIndex();
  index.add({ kind, subject, createdAtMs, expiresAtMs: createdAtMs + 86_400_000 }, createdAtMs);
  return index;
}

test('nothing is revoked where nothing was', () => {
  expect(createRevocationIndex().isRevoked(claims)).toBe(false);
});

test.each(revocationKinds)('a revoked %s ends the tokens that bear it, and no others', (kind) => {
  const index = indexWith(kind);
  expect(index.isRevoked(claims)).toBe(true);
  expect(index.isRevoked(others)).toBe(false);
  const claimOf = { token: 'jti', session: 'sid', identity: 'sub', deployment: 'dep', account: 'aud' } as const;
  expect(index.isRevoked({ ...others, [claimOf[kind]]: subjectOf[kind] })).toBe(true);
});

test('kinds do not meet: an id that is revoked as one kind says nothing as another', () => {
  for (const kind of revocationKinds) {
    for (const other of revocationKinds) {
      if (other === kind) continue;
      expect(indexWith(kind, startMs, subjectOf[other]).isRevoked(claims)).toBe(false);
    }
  }
});

test.each(['token', 'session', 'identity'] as const)('a revoked %s is dead for good, however late it says it began', (kind) => {
  expect(indexWith(kind).isRevoked({ ...claims, sst: startSeconds + 1_000_000 })).toBe(true);
});

test.each(['deployment', 'account'] as const)(
  'a revoked %s signs out whoever was there, and lets those in who come later',
  (kind) => {
    const index = indexWith(kind, startMs + 60_400);
    expect(index.isRevoked({ ...claims, sst: startSeconds + 59 })).toBe(true);
    expect(index.isRevoked({ ...claims, sst: startSeconds + 60 })).toBe(true);
    expect(index.isRevoked({ ...claims, sst: startSeconds + 61 })).toBe(false);
  },
);

test.each(['deployment', 'account'] as const)('a %s that is revoked again signs out those who came in between', (kind) => {
  const index = indexWith(kind);
  const later = { ...claims, sst: startSeconds + 100 };
  expect(index.isRevoked(later)).toBe(false);
  const again = { kind, subject: subjectOf[kind], createdAtMs: startMs + 120_000, expiresAtMs: startMs + 130_000 };
  index.add(again, startMs + 120_000);
  expect(index.isRevoked(later)).toBe(true);
  index.add({ ...again, createdAtMs: startMs }, startMs + 121_000);
  expect(index.isRevoked(later)).toBe(true);
});

test('a revocation is forgotten after its expiry, and one that has expired is not learnt', () => {
  const index = indexWith('session', startMs);
  expect([index.size, index.bytes > 0]).toEqual([1, true]);
  for (let call = 0; call < 128; call += 1) index.sweep(startMs + 86_400_000);
  expect(index.isRevoked(claims)).toBe(true);
  for (let call = 0; call < 128; call += 1) index.sweep(startMs + 86_400_000 + 60_000);
  expect([index.isRevoked(claims), index.size, index.bytes]).toEqual([false, 0, 0]);
  index.add({ kind: 'session', subject: claims.sid, createdAtMs: startMs, expiresAtMs: startMs }, startMs + 1);
  expect(index.size).toBe(0);
});
