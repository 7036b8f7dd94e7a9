// Records of conversations: what is opened is kept, what is due is found, what is old is deleted.

import { expect, test } from 'vitest';
import { conversation, storedConversations } from './testing/stored-conversations.ts';

test('a conversation is kept as it was opened, under a sid of its own', async () => {
  const { clock, records } = await storedConversations();
  const sids = [await records.open(conversation), await records.open(conversation)];
  expect(new Set(sids).size).toBe(2);
  for (const sid of sids) expect(sid).toMatch(/^CH[0-9a-f]{32}$/);
  expect(await records.untold(clock.now())).toContainEqual({
    ...conversation,
    sid: sids[0],
    createdAtMs: clock.now(),
    tries: 0,
  });
});

test('where there is no chat system, none is due', async () => {
  const { clock, records, count } = await storedConversations({ notifies: false });
  await records.open(conversation);
  expect(await records.untold(clock.now() + 1e9)).toEqual([]);
  expect(await count()).toBe(1);
});

test('one is due until it was told, not before its time, and never again once it is given up', async () => {
  const { clock, records } = await storedConversations();
  const [one, other] = [await records.open(conversation), await records.open(conversation)];
  const dueAt = async (ms: number) => (await records.untold(clock.now() + ms)).map(({ sid }) => sid).sort();
  expect(await dueAt(0)).toEqual([one, other].sort());
  await records.told(one);
  await records.notTold(other, 1, clock.now() + 5000);
  expect(await dueAt(4999)).toEqual([]);
  expect(await dueAt(5000)).toEqual([other]);
  expect((await records.untold(clock.now() + 5000))[0]?.tries).toBe(1);
  await records.notTold(other, 2, null);
  expect(await dueAt(1e12)).toEqual([]);
});

test('those that wait longest come first, a few at once', async () => {
  const { clock, records } = await storedConversations();
  const sids: string[] = [];
  for (let index = 0; index < 25; index += 1) {
    sids.push(await records.open(conversation));
    clock.advance(1000);
  }
  const due = await records.untold(clock.now());
  expect(due.map(({ sid }) => sid)).toEqual(sids.slice(0, due.length));
  expect(due.length).toBeLessThan(25);
});

test('what is older than the retention is deleted, told or not, and nothing else', async () => {
  const { clock, records, count } = await storedConversations();
  await records.told(await records.open(conversation));
  await records.open(conversation);
  clock.advance(1000);
  await records.open(conversation);
  expect(await records.forget(clock.now() - 1000)).toBe(0);
  expect(await records.forget(clock.now())).toBe(2);
  expect(await count()).toBe(1);
});

test('a visitor is forgotten by the identity, a conversation by its sid, and nobody else with them', async () => {
  const { records, count } = await storedConversations();
  const other = { ...conversation, identity: crypto.randomUUID() };
  await records.open(conversation);
  await records.open(conversation);
  const [one] = [await records.open(other), await records.open(other)];
  expect(await records.erase({ identity: conversation.identity })).toBe(2);
  expect(await records.erase({ identity: conversation.identity })).toBe(0);
  expect(await records.erase({ conversationSid: one })).toBe(1);
  expect(await count()).toBe(1);
});
