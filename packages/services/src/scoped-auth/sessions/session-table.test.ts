// The session table: each session for itself, ended for good by a replay, and bounded whatever comes.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSessionTable } from './session-table.ts';

const startMs = Date.UTC(2030, 0, 1);
const sessionId = '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33';

/** A token presented at refresh some seconds after the start, in a session that can be refreshed for two hours. */
function token(generation: number, second: number, id = sessionId) {
  const nowMs = startMs + second * 1000;
  return { sessionId: id, generation, nowMs, refreshableUntil: nowMs / 1000 + 7200 };
}

test('a session advances by what is presented, and others are not touched by it', async () => {
  const table = createSessionTable();
  const other = randomUUID();
  expect(await table.refresh(token(0, 0))).toEqual({ verdict: 'accepted', generation: 1, seeded: false });
  expect(await table.refresh(token(4, 0, other))).toEqual({ verdict: 'accepted', generation: 5, seeded: true });
  expect(await table.refresh(token(1, 60))).toEqual({ verdict: 'accepted', generation: 2, seeded: false });
  expect(table.size).toBe(2);
});

test('fifty refreshes that come at once are answered with one generation', async () => {
  const table = createSessionTable();
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => table.refresh(token(0, 0))));
  for (const verdict of verdicts) expect(verdict).toEqual({ verdict: 'accepted', generation: 1, seeded: false });
});

test('a replay ends the session: even its current token is refused from then on', async () => {
  const table = createSessionTable();
  await table.refresh(token(0, 0));
  await table.refresh(token(1, 60));
  expect(await table.refresh(token(0, 120))).toEqual({ verdict: 'replayed' });
  expect(await table.refresh(token(2, 121))).toEqual({ verdict: 'replayed' });
  expect(await table.refresh(token(9, 121))).toEqual({ verdict: 'replayed' });
});

test('a token that was used at an access validation makes the one before it a replay', async () => {
  const table = createSessionTable();
  await table.refresh(token(0, 0));
  table.access(sessionId, 1);
  expect(await table.refresh(token(0, 60))).toEqual({ verdict: 'replayed' });
});

test('an access in a session that was never refreshed takes no memory', () => {
  const table = createSessionTable();
  table.access(sessionId, 0);
  expect(table.size).toBe(0);
});

test('refusals by fingerprint are counted for each session, over its refreshes', async () => {
  const table = createSessionTable();
  const counts = [];
  for (let generation = 0; generation < 5; generation += 1) {
    counts.push(await table.countFingerprintRefusal({ ...token(generation, generation * 60), refusalsMax: 6 }));
    await table.refresh(token(generation, generation * 60));
  }
  expect(counts).toEqual([1, 2, 3, 4, 5]);
  expect(await table.countFingerprintRefusal({ ...token(0, 0, randomUUID()), refusalsMax: 6 })).toBe(1);
});

test('the refusal by fingerprint that reaches the limit ends the session with the count itself', async () => {
  const table = createSessionTable();
  const counting = [1, 2, 3].map(() => table.countFingerprintRefusal({ ...token(0, 0), refusalsMax: 3 }));
  expect(await table.refresh(token(0, 0))).toEqual({ verdict: 'replayed' });
  expect(await Promise.all(counting)).toEqual([1, 2, 3]);
});

test('a refusal by fingerprint is no refresh: the token that comes after it is no loss of state', async () => {
  const table = createSessionTable();
  await table.countFingerprintRefusal({ ...token(0, 0), refusalsMax: 5 });
  expect(await table.refresh(token(0, 1))).toEqual({ verdict: 'accepted', generation: 1, seeded: false });
});

test('a session is forgotten once none of its tokens can be refreshed', async () => {
  const table = createSessionTable();
  await table.refresh(token(0, 0));
  await table.refresh({ ...token(1, 60), refreshableUntil: startMs / 1000 });
  expect(await table.refresh(token(0, 7200))).toEqual({ verdict: 'replayed' });
  expect(await table.refresh(token(0, 20_000))).toMatchObject({ verdict: 'accepted', generation: 1 });
  expect(table.forgotten).toBe(0);
});

test('sessions that are over leave the memory as others are refreshed', async () => {
  const table = createSessionTable();
  // Spread evenly over the parts of the table, as random ids are on the whole.
  const numbered = (name: string) => Array.from({ length: 2048 }, (_, n) => `${name}-${n.toString(16).padStart(4, '0')}`);
  for (const id of numbered('over')) await table.refresh(token(0, 0, id));
  expect(table.size).toBe(2048);
  for (const id of numbered('living')) await table.refresh(token(0, 10_000, id));
  expect(table.size).toBeLessThan(2048 + 128);
  for (const id of numbered('living')) await table.refresh(token(1, 10_100, id));
  expect(table.size).toBe(2048);
  expect(table.forgotten).toBe(0);
});

test('beyond the maximum the session that was not heard of for the longest time is forgotten, counted, and seeded again', async () => {
  const table = createSessionTable({ sessionsMax: 128 });
  // One part of the table holds two sessions.
  const [oldest, kept, newest] = ['a', 'b', 'c'].map((digit) => `${sessionId.slice(0, -3)}${digit}33`);
  await table.refresh(token(0, 0, oldest));
  await table.refresh(token(0, 1, kept));
  await table.refresh(token(1, 2, oldest));
  await table.refresh(token(0, 3, newest));
  expect([table.size, table.forgotten]).toEqual([2, 1]);
  expect(await table.refresh(token(2, 60, oldest))).toMatchObject({ generation: 3, seeded: false });
  expect(await table.refresh(token(1, 60, kept))).toMatchObject({ generation: 2, seeded: true });
});

test('a flood of sessions takes no more than the maximum', async () => {
  const table = createSessionTable({ sessionsMax: 640 });
  for (let session = 0; session < 20_000; session += 1) await table.refresh(token(0, 0, randomUUID()));
  expect(table.size).toBeLessThanOrEqual(640);
  expect(table.forgotten).toBe(20_000 - table.size);
});
