// Revocations of nodes that share a store: durable before they are acknowledged, heard by the others, there after a
// restart, and never half of all that.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '@gangway/contracts/refusals';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, migrate, openSqlite } from '../../platform/database.ts';
import { StartError } from '../../platform/start-error.ts';
import { openRevocations, type RevocationRequest, type RevocationsDependencies } from './open-revocations.ts';
import type { RevocableClaims } from './revocation-index.ts';
import { databaseRevocationStore, type RevocationStore } from './revocation-store.ts';
import { type RevocationTables, revocationMigrations } from './revocation-tables.ts';

const startMs = Date.UTC(2030, 0, 1);
const startSeconds = startMs / 1000;
const dayMs = 86_400_000;

let folder = '';
let database: Database<RevocationTables>;
let store: RevocationStore;
let nowMs = startMs;
let logged: string[] = [];

async function openDatabase(): Promise<void> {
  database = openSqlite<RevocationTables>(folder);
  await migrate(database, revocationMigrations);
  store = databaseRevocationStore(database.queries);
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-revocations-'));
  nowMs = startMs;
  logged = [];
  await openDatabase();
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

function openNode(dependencies: Partial<RevocationsDependencies> = {}) {
  const note = (_fields: unknown, text: string) => void logged.push(text);
  return openRevocations({
    store,
    clock: { now: () => nowMs },
    log: { info: note, warn: note } as RevocationsDependencies['log'],
    sessionSecondsMax: 2_592_000,
    clockLeewaySeconds: 60,
    ...dependencies,
  });
}

async function read(sequence: number, limit: number) {
  return (await store.after(sequence, limit)).entries;
}

function newClaims(): RevocableClaims {
  const [dep, aud] = [`DP${'2'.repeat(32)}`, `AC${'1'.repeat(32)}`];
  return { jti: randomUUID(), sid: randomUUID(), sub: randomUUID(), dep, aud, sst: startSeconds };
}
const ofSession = ({ sid }: RevocableClaims): RevocationRequest => ({
  kind: 'session',
  subject: sid,
  reason: 'a token was replayed',
  madeBy: 'scoped-auth',
});

/** A store that can be taken away and given back. */
function fragileStore() {
  let away = false;
  const unlessAway =
    <Parameters extends unknown[], Result>(call: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      if (away) throw new Error('connection refused');
      return call(...parameters);
    };
  const fragile: RevocationStore = {
    add: unlessAway(store.add),
    after: unlessAway(store.after),
    newest: unlessAway(store.newest),
    prune: unlessAway(store.prune),
  };
  return {
    fragile,
    setAway: (isAway: boolean) => {
      away = isAway;
    },
  };
}

test('a revocation is in effect on its node once it is acknowledged, and durable: it is there after a restart', async () => {
  const claims = newClaims();
  const node = await openNode();
  expect(node.isRevoked(claims)).toBe(false);
  await node.revoke(ofSession(claims));
  expect(node.isRevoked(claims)).toBe(true);
  await database.close();
  await openDatabase();
  const restarted = await openNode();
  expect(restarted.isRevoked(claims)).toBe(true);
  expect(restarted.isRevoked(newClaims())).toBe(false);
});

test('another node knows of it when it has heard the feed', async () => {
  const claims = newClaims();
  const [one, other] = [await openNode(), await openNode()];
  await one.revoke(ofSession(claims));
  expect(other.isRevoked(claims)).toBe(false);
  await other.follow();
  expect(other.isRevoked(claims)).toBe(true);
});

test('every kind reaches another node', async () => {
  const [one, other] = [await openNode(), await openNode()];
  const claims = newClaims();
  const requests = [
    ['token', claims.jti],
    ['session', claims.sid],
    ['identity', claims.sub],
    ['deployment', claims.dep],
    ['account', claims.aud],
  ] as const;
  for (const [kind, subject] of requests) {
    const stranger = { ...newClaims(), dep: `DP${'7'.repeat(32)}`, aud: `AC${'7'.repeat(32)}` };
    const claimOf = { token: 'jti', session: 'sid', identity: 'sub', deployment: 'dep', account: 'aud' } as const;
    await one.revoke({ kind, subject, reason: '', madeBy: 'test' });
    await other.follow();
    expect([other.isRevoked(stranger), other.isRevoked({ ...stranger, [claimOf[kind]]: subject })]).toEqual([false, true]);
  }
});

test('a feed of many pages is heard whole', async () => {
  const many = Array.from({ length: 2500 }, newClaims);
  const [one, other] = [await openNode(), await openNode()];
  await Promise.all(many.map((claims) => one.revoke(ofSession(claims))));
  await other.follow();
  expect(many.every(other.isRevoked)).toBe(true);
  expect(other.size).toBe(2500);
  expect((await openNode()).size).toBe(2500);
});

test('a revocation that cannot be made durable is refused with 503, and has no effect', async () => {
  const { fragile, setAway } = fragileStore();
  const claims = newClaims();
  const node = await openNode({ store: fragile });
  setAway(true);
  const refusal: unknown = await node.revoke(ofSession(claims)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ code: 'upstream_unavailable', status: 503, retryAfterSeconds: 1 });
  expect(node.isRevoked(claims)).toBe(false);
  setAway(false);
  await node.revoke(ofSession(claims));
  expect(node.isRevoked(claims)).toBe(true);
});

test('while the feed is down a node serves what it knows, says how old that is, and goes on when the feed is back', async () => {
  const { fragile, setAway } = fragileStore();
  const [known, missed] = [newClaims(), newClaims()];
  const [one, other] = [await openNode(), await openNode({ store: fragile })];
  await one.revoke(ofSession(known));
  nowMs += 1000;
  await other.follow();
  setAway(true);
  await one.revoke(ofSession(missed));
  for (let second = 0; second < 60; second += 1) {
    nowMs += 1000;
    await other.follow();
  }
  expect([other.isRevoked(known), other.isRevoked(missed)]).toEqual([true, false]);
  expect(other.asOfMs()).toBe(startMs + 1000);
  expect(logged).toEqual(['revocations cannot be heard']);
  setAway(false);
  await other.follow();
  expect([other.isRevoked(missed), other.asOfMs()]).toEqual([true, nowMs]);
  expect(logged).toEqual(['revocations cannot be heard', 'revocations are heard again']);
});

test('what is known is too old only beyond the age that the operator set', async () => {
  const [patient, strict] = [await openNode(), await openNode({ ageSecondsMax: 300 })];
  expect([strict.tooOld(startMs + 300_000), strict.tooOld(startMs + 300_001)]).toEqual([false, true]);
  expect(patient.tooOld(startMs + 365 * dayMs)).toBe(false);
});

test('a node that cannot read the revocations does not start', async () => {
  const { fragile, setAway } = fragileStore();
  setAway(true);
  await expect(openNode({ store: fragile })).rejects.toBeInstanceOf(StartError);
});

test('calls of follow that overlap are one', async () => {
  const node = await openNode();
  const first = node.follow();
  expect(node.follow()).toBe(first);
  await first;
  expect(node.follow()).not.toBe(first);
});

test('a store that was put back from a backup is heard again from its beginning', async () => {
  const [before, after] = [newClaims(), newClaims()];
  const node = await openNode();
  for (let count = 0; count < 5; count += 1) await node.revoke(ofSession(newClaims()));
  await node.revoke(ofSession(before));
  await database.queries.deleteFrom('revocations').execute();
  await database.queries.updateTable('revocation_feed').set({ sequence: 0 }).execute();
  await (await openNode()).revoke(ofSession(after));
  await node.follow();
  expect([node.isRevoked(before), node.isRevoked(after)]).toEqual([true, true]);
});

test('a revocation lasts until no token that it ends can be alive, leeway included', async () => {
  const node = await openNode();
  const [ending, open] = [newClaims(), newClaims()];
  await node.revoke({ ...ofSession(ending), absoluteEnd: startSeconds + 3600 });
  await node.revoke(ofSession(open));
  await node.revoke({ kind: 'account', subject: open.aud, reason: '', madeBy: 'test', absoluteEnd: startSeconds });
  const expiries = (await read(0, 10)).map(({ expiresAtMs }) => (expiresAtMs - startMs) / 1000);
  expect(expiries).toEqual([3660, 2_592_060, 2_592_060]);
});

test('what has expired leaves the memory, and a day later the store', async () => {
  const node = await openNode();
  for (let count = 0; count < 10; count += 1) await node.revoke({ ...ofSession(newClaims()), absoluteEnd: startSeconds + 3600 });
  const follow = async () => {
    for (let call = 0; call < 128; call += 1) await node.follow();
  };
  nowMs = startMs + 3_600_000;
  await follow();
  expect([node.size, (await read(0, 100)).length]).toEqual([10, 10]);
  nowMs += 2 * 60_000;
  await follow();
  expect([node.size, (await read(0, 100)).length]).toEqual([0, 10]);
  nowMs += dayMs;
  await follow();
  expect(await read(0, 100)).toEqual([]);
});

test('only what can be a subject of its kind can be revoked, in either case', async () => {
  const node = await openNode();
  const claims = newClaims();
  for (const [kind, subject] of [
    ['session', 'everything'],
    ['identity', `AC${'1'.repeat(32)}`],
    ['account', claims.sub],
    ['account', `DP${'1'.repeat(32)}`],
    ['deployment', `CV${'1'.repeat(32)}`],
    ['token', ''],
  ] as const) {
    await expect(node.revoke({ kind, subject, reason: '', madeBy: 'test' })).rejects.toMatchObject({ code: 'invalid_request' });
  }
  await expect(node.revoke({ ...ofSession(claims), reason: 'x'.repeat(201) })).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await store.newest()).toBe(0);
  await node.revoke({ ...ofSession(claims), subject: claims.sid.toUpperCase() });
  expect(node.isRevoked(claims)).toBe(true);
});

test('a session that is revoked twice at once is revoked once', async () => {
  const node = await openNode();
  const claims = newClaims();
  await Promise.all([node.revoke(ofSession(claims)), node.revoke(ofSession(claims))]);
  expect(await read(0, 10)).toHaveLength(1);
});
