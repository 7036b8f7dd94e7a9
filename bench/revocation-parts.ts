// Measures what a million revocations cost, part by part: the question that every validation asks, the memory, a restart, a
// poll of the feed and a write. `node --expose-gc bench/revocation-parts.ts [revocations]`; it judges nothing.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../packages/services/src/platform/clock.ts';
import { migrate, openSqlite } from '../packages/services/src/platform/database.ts';
import { openRevocations } from '../packages/services/src/scoped-auth/revocations/open-revocations.ts';
import { type RevocationKind, revocationKinds } from '../packages/services/src/scoped-auth/revocations/revocation.ts';
import {
  createRevocationIndex,
  type RevocableClaims,
} from '../packages/services/src/scoped-auth/revocations/revocation-index.ts';
import { databaseRevocationStore } from '../packages/services/src/scoped-auth/revocations/revocation-store.ts';
import {
  type RevocationTables,
  revocationMigrations,
} from '../packages/services/src/scoped-auth/revocations/revocation-tables.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const nowMs = Date.now();
const report = (what: string, figure: number, unit: string) => console.log(`${what.padEnd(58)} ${figure.toFixed(3)} ${unit}`);

function memoryBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Strings as they come out of a decrypted token: fresh ones, whose hash nobody has computed yet. */
function claimsOfTokens(tokens: number): readonly RevocableClaims[] {
  const sids = { dep: `DP${'2'.repeat(32)}`, aud: `AC${'1'.repeat(32)}` };
  return Array.from({ length: tokens }, () =>
    JSON.parse(JSON.stringify({ jti: randomUUID(), sid: randomUUID(), sub: randomUUID(), ...sids, sst: nowMs / 1000 })),
  );
}

/** The claims are in the cache, as they have just been decrypted; the places of the index are not. */
function measureQuestion(what: string, isRevoked: (claims: RevocableClaims) => boolean): void {
  const rounds: number[] = [];
  for (let round = 0; round < 600; round += 1) {
    const tokens = claimsOfTokens(500);
    const startedAt = performance.now();
    let revoked = 0;
    for (const claims of tokens) if (isRevoked(claims)) revoked += 1;
    rounds.push(((performance.now() - startedAt) * 1e6) / tokens.length);
    if (revoked > 0) throw new Error('a stranger is revoked');
  }
  report(what, rounds.sort((one, other) => one - other)[300] ?? Number.NaN, 'ns');
}

function subjectOf(kind: RevocationKind): string {
  const uuid = randomUUID();
  if (kind === 'account' || kind === 'deployment') return `${kind === 'account' ? 'AC' : 'DP'}${uuid.replaceAll('-', '')}`;
  return uuid;
}

function measureIndex(what: string, kindOf: (number: number) => RevocationKind): void {
  const before = memoryBytes();
  const index = createRevocationIndex();
  measureQuestion(`${what}: question, nothing revoked`, index.isRevoked);
  const startedAt = performance.now();
  let slowestMs = 0;
  for (let number = 0; number < count; number += 1) {
    const kind = kindOf(number);
    const entry = { kind, subject: subjectOf(kind), createdAtMs: nowMs, expiresAtMs: nowMs + 86_400_000 };
    const addedAt = performance.now();
    index.add(entry, nowMs);
    slowestMs = Math.max(slowestMs, performance.now() - addedAt);
  }
  report(`${what}: filling`, performance.now() - startedAt, 'ms');
  report(`${what}: slowest addition`, slowestMs, 'ms');
  report(`${what}: arrays, an entry`, index.bytes / count, 'bytes');
  report(`${what}: whole memory, an entry`, (memoryBytes() - before) / count, 'bytes');
  measureQuestion(`${what}: question, all revoked`, index.isRevoked);
  const sweptAt = performance.now();
  for (let call = 0; call < 128; call += 1) index.sweep(nowMs);
  report(`${what}: one sweep`, (performance.now() - sweptAt) / 128, 'ms');
}

async function measureNode(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-measure-'));
  try {
    const database = openSqlite<RevocationTables>(folder);
    await migrate(database, revocationMigrations);
    const store = databaseRevocationStore(database.queries);
    const silent = { info() {}, warn() {} };
    const node = () =>
      openRevocations({ store, clock: systemClock, log: silent, sessionSecondsMax: 86_400, clockLeewaySeconds: 60 });
    const entry = { kind: 'session', reason: 'a token was replayed', madeBy: 'scoped-auth', createdAtMs: nowMs } as const;
    const writtenAt = performance.now();
    for (let written = 0; written < count; written += 500) {
      await store.add(Array.from({ length: 500 }, () => ({ ...entry, subject: randomUUID(), expiresAtMs: nowMs + 86_400_000 })));
    }
    report('store: writing all, 500 a transaction', performance.now() - writtenAt, 'ms');
    report('store: size, an entry', statSync(join(folder, 'gangway.sqlite')).size / count, 'bytes');

    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const openedAt = performance.now();
    const opened = await node();
    report('node: restart, loading all', performance.now() - openedAt, 'ms');
    report('node: longest stall meanwhile', delay.max / 1e6, 'ms');
    delay.disable();
    if (opened.size !== count) throw new Error(`loaded ${opened.size} of ${count}`);

    const followedAt = performance.now();
    for (let poll = 0; poll < 1000; poll += 1) await opened.follow();
    report('node: a poll of the feed without news', (performance.now() - followedAt) / 1000, 'ms');
    const revokedAt = performance.now();
    for (let single = 0; single < 200; single += 1) await opened.revoke({ ...entry, subject: randomUUID() });
    report('node: one revocation, acknowledged', (performance.now() - revokedAt) / 200, 'ms');
    const gatheredAt = performance.now();
    await Promise.all(Array.from({ length: 5000 }, () => opened.revoke({ ...entry, subject: randomUUID() })));
    report('node: one of 5,000 revocations that come at once', (performance.now() - gatheredAt) / 5000, 'ms');
    await database.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

console.log(`${count} revocations`);
measureIndex('sessions', () => 'session');
measureIndex('all kinds', (number) => revocationKinds[number % revocationKinds.length] ?? 'session');
await measureNode();
