// How the operator's chat system is told: again and again for a day, each time with a signature of that moment.

import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createConversationWebhook } from './conversation-webhook.ts';
import { conversation, storedConversations } from './testing/stored-conversations.ts';

const key = randomBytes(24);
const secret = `whsec_${key.toString('base64')}`;

async function setUp(answers: (count: number) => { status: number; location?: string }) {
  const { clock, records } = await storedConversations();
  const received: { headers: IncomingHttpHeaders; text: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    received.push({ headers: request.headers, text });
    const { status, location } = answers(received.length);
    response.writeHead(status, location === undefined ? {} : { location }).end('what it says is not read');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { log, lines } = recordedLog();
  const tell = createConversationWebhook({ records, webhook: { url, secret }, clock, log });
  return { clock, records, received, lines, tell };
}

test('each try has the id of the conversation, the time of the try and its signature', async () => {
  const { clock, records, received, tell } = await setUp((count) => ({ status: count === 1 ? 503 : 202 }));
  const sid = await records.open(conversation);
  await tell();
  clock.advance(5000);
  await tell();
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([`msg_${sid}`, `msg_${sid}`]);
  const timestamps = received.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect(timestamps).toEqual([clock.now() / 1000 - 5, clock.now() / 1000]);
  for (const [index, { headers, text }] of received.entries()) {
    const signed = `msg_${sid}.${timestamps[index]}.${text}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(headers['content-type']).toBe('application/json');
  }
});

test('it is tried for a day, at growing distances, then given up and said so', async () => {
  const { clock, records, received, lines, tell } = await setUp(() => ({ status: 500 }));
  const sid = await records.open(conversation);
  const triedAfterSeconds: number[] = [];
  for (let seconds = 0; seconds <= 3 * 24 * 3600; seconds += 5) {
    const before = received.length;
    await tell();
    if (received.length > before) triedAfterSeconds.push(seconds);
    // Between two tries there is nothing to see: the clock goes faster the longer it waits.
    const step = seconds >= 3600 ? 295_000 : 0;
    clock.advance(5000 + step);
    seconds += step / 1000;
  }
  expect(triedAfterSeconds.slice(0, 4)).toEqual([0, 5, 65, 365]);
  expect(triedAfterSeconds.length).toBe(8);
  expect(triedAfterSeconds.at(-1)).toBeGreaterThan(22 * 3600);
  expect(lines.at(-1)).toMatchObject({ conversationSid: sid, tries: 8, reason: 'it answered 500', givenUp: true });
  expect(JSON.stringify(lines)).not.toMatch(/Canary|forty-seven/);
});

test('one that fails does not keep the others from being told', async () => {
  const { records, received, tell } = await setUp((count) => ({ status: count === 1 ? 500 : 200 }));
  for (let count = 0; count < 3; count += 1) await records.open(conversation);
  await tell();
  expect(received.length).toBe(3);
  await tell();
  expect(received.length).toBe(3);
});

test('two calls at once tell once', async () => {
  const { records, received, tell } = await setUp(() => ({ status: 200 }));
  await records.open(conversation);
  await Promise.all([tell(), tell()]);
  expect(received.length).toBe(1);
});

test('a redirection is a failure: what is told of a person goes nowhere else', async () => {
  const { records, received, lines, tell } = await setUp(() => ({ status: 307, location: 'http://127.0.0.1:1/' }));
  await records.open(conversation);
  await tell();
  expect(received.length).toBe(1);
  expect(lines.at(-1)).toMatchObject({ tries: 1, givenUp: false });
});

test.each([
  ['nothing', ''],
  ['too short', 'whsec_c2hvcnQ='],
  ['no prefix', key.toString('base64')],
  ['too long', `whsec_${'QUFB'.repeat(30)}`],
])('a secret that is %s stops the start, and is not shown', async (_, wrong) => {
  const { records, clock } = await storedConversations();
  const make = () =>
    createConversationWebhook({ records, webhook: { url: 'http://x.example/', secret: wrong }, clock, log: recordedLog().log });
  expect(make).toThrow(/GANGWAY_CONVERSATION_WEBHOOK_SECRET/);
  if (wrong !== '') expect(make).not.toThrow(wrong);
});
