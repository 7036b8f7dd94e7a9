// The upkeep of conversations never waits and never fails.

import { expect, test, vi } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { keepConversations } from './keep-conversations.ts';
import { conversation, storedConversations } from './testing/stored-conversations.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

test('what is older than the retention goes within the hour', async () => {
  const { clock, records, count } = await storedConversations();
  const { log, lines } = recordedLog();
  const keep = keepConversations(records, { clock, log, retentionDays: 2, tell: async () => {} });
  await records.open(conversation);
  await keep();
  clock.advance(2 * dayMs - hourMs);
  await keep();
  expect(await count()).toBe(1);
  clock.advance(hourMs + 1);
  await keep();
  expect(await count()).toBe(0);
  expect(lines).toEqual([{ level: 30, deleted: 1, retentionDays: 2, msg: 'old conversations were deleted' }]);
});

test('a chat system that never answers keeps nobody waiting', async () => {
  const { clock, records, count } = await storedConversations();
  const keep = keepConversations(records, {
    clock,
    log: recordedLog().log,
    retentionDays: 1,
    tell: () => new Promise(() => {}),
  });
  await records.open(conversation);
  clock.advance(dayMs + 1);
  await keep();
  expect(await count()).toBe(0);
});

test('a store that fails is logged, and tried again the next time', async () => {
  const { clock, records } = await storedConversations();
  const { log, lines } = recordedLog();
  let tries = 0;
  const failing = {
    ...records,
    forget: () => {
      tries += 1;
      return Promise.reject(new Error('the disk is full'));
    },
  };
  const keep = keepConversations(failing, {
    clock,
    log,
    retentionDays: 1,
    tell: () => Promise.reject(new Error('the database is closed')),
  });
  await keep();
  clock.advance(hourMs);
  await keep();
  expect(tries).toBe(2);
  await vi.waitFor(() => expect(lines.length).toBe(4));
  expect(new Set(lines.map(({ reason }) => reason))).toEqual(new Set(['the disk is full', 'the database is closed']));
});
