// What an operator can do: a revocation counts at once, is listed with its reason, and is refused where it names nothing.

import { randomBytes } from 'node:crypto';
import { Refusal } from '@gangway/contracts/refusals';
import { expect, test } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { openBackends } from './backends/open-backends.ts';
import { createOperations } from './create-operations.ts';
import { openRevocations } from './revocations/open-revocations.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek, testKeyRing } from './testing/fixtures.ts';
import { memoryBackendStore } from './testing/memory-backend-store.ts';
import { memoryRevocationStore } from './testing/memory-revocation-store.ts';

const context = { requestId: 'test' };

async function setUp() {
  const clock = fakeClock();
  const [store, kek, revocationStore] = [memoryRootKeyStore(), testKek(), memoryRevocationStore()];
  const keyRing = await testKeyRing({ store, kek, clock });
  const lives = { sessionSecondsMax: 86_400, clockLeewaySeconds: 60 };
  const revocations = await openRevocations({ store: revocationStore, clock, log: recordedLog().log, ...lives });
  const backendStore = memoryBackendStore();
  const backends = {
    store: backendStore,
    randomBytes,
    backends: await openBackends({ store: backendStore, clock, log: recordedLog().log }),
  };
  const operations = createOperations({ store, clock, kek, keyRing, revocations, revocationStore, backends });
  return { clock, revocations, operations };
}

test.each([
  ['token', claims.jti],
  ['session', claims.sid],
  ['identity', claims.sub],
  ['deployment', claims.dep],
  ['account', claims.aud],
] as const)('a revoked %s is dead at once, and listed', async (kind, subject) => {
  const { clock, revocations, operations } = await setUp();
  expect(revocations.isRevoked(claims)).toBe(false);
  expect(await operations.revoke({ kind, subject, reason: 'a laptop was stolen' }, context)).toEqual({ revoked: true });
  expect(revocations.isRevoked(claims)).toBe(true);
  const now = new Date(clock.now()).toISOString();
  expect((await operations.listRevocations({}, context)).revocations).toEqual([
    {
      sequence: 1,
      kind,
      subject,
      reason: 'a laptop was stolen',
      createdAt: now,
      expiresAt: new Date(clock.now() + 86_460_000).toISOString(),
      madeBy: 'operator',
    },
  ]);
});

test('what names nothing is refused, and revokes nothing', async () => {
  const { operations } = await setUp();
  for (const [kind, subject] of [
    ['session', claims.dep],
    ['deployment', claims.sid],
    ['account', 'AC1'],
    ['token', 'the whole token'],
  ] as const) {
    await expect(operations.revoke({ kind, subject, reason: 'test' }, context)).rejects.toThrow(Refusal);
  }
  expect((await operations.listRevocations({}, context)).revocations).toEqual([]);
});

test('a hundred revocations are listed at once, and the next from there', async () => {
  const { operations } = await setUp();
  for (let count = 0; count < 101; count += 1) {
    await operations.revoke({ kind: 'session', subject: crypto.randomUUID(), reason: `number ${count}` }, context);
  }
  const first = (await operations.listRevocations({}, context)).revocations;
  expect(first.length).toBe(100);
  const after = String(first.at(-1)?.sequence);
  expect((await operations.listRevocations({ after }, context)).revocations.map(({ reason }) => reason)).toEqual(['number 100']);
});

test('a rotation has the next key of each use take over', async () => {
  const { operations } = await setUp();
  const { rotations } = await operations.rotateKeys({}, context);
  expect(rotations.map(({ use }) => use).sort()).toEqual(['enc', 'sig']);
  const { keys } = await operations.listKeys({}, context);
  for (const { keyId } of rotations) expect(keys.map(({ id }) => id)).toContain(keyId);
  expect(JSON.stringify(keys)).not.toContain('wrapped');
});
