// What becomes of a conversation that Init opened, on a whole node: it is kept, told to the operator's chat system, and
// deleted in time; what it says of a person is nowhere else.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { declare } from '../topology/declare.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { createToken } from '../topology/visitor.ts';
import { init } from '../topology/visitor-session.ts';
import { isSigned, startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const addressSid = `IG${'7'.repeat(32)}`;
const { declaration, accountSid, deploymentSids, keys } = declare({ chat: { addressSid } });
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const person = { customerFriendlyName: 'Canary Wren', preEngagementData: '{"question":"canary forty-seven"}' };
const dayMs = 24 * 60 * 60 * 1000;
/** A node looks every second for what is due. */
const soon = { timeout: 8000 };

async function setUp({ onTestFinished }: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  const webhook = { CONVERSATION_WEBHOOK_URL: receiver.url, CONVERSATION_WEBHOOK_SECRET: secret };
  const node = await startNodeInProcess(declaration, { ...webhook, ...settings });
  onTestFinished(() => node.close());
  return { node, receiver };
}

const open = async (node: NodeInProcess, fields: object = person) => (await init(node.publicUrl, keys.chat, { ...fields })).body;
const delivered = (receiver: WebhookReceiver, count: number) =>
  vi.waitFor(() => expect(receiver.deliveries.length).toBeGreaterThanOrEqual(count), soon);

/** Waits until the node has noted that so many tries have failed: it counts the time to the next from then. */
const failed = (node: NodeInProcess, tries: number) => vi.waitFor(() => expect(node.log()).toContain(`"tries":${tries},`), soon);

/** Everything that lies in a node's data folder, as text. */
function stored({ dataFolder }: NodeInProcess): string {
  const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('');
}

// Each has a node of its own, and most of their time is a node's wait for its next second.
describe.concurrent('a conversation', () => {
  it('the chat system is told, with a signature that it can check', async (test) => {
    const { node, receiver } = await setUp(test);
    const { conversation_sid: conversationSid, identity } = await open(node);
    await delivered(receiver, 1);
    const [delivery] = receiver.deliveries;
    expect(delivery?.body).toEqual({
      type: 'conversation.opened',
      timestamp: new Date(node.clock.now()).toISOString(),
      data: {
        conversationSid,
        accountSid,
        deploymentSid: deploymentSids.chat,
        addressSid,
        identity,
        customerFriendlyName: person.customerFriendlyName,
        preEngagementData: { question: 'canary forty-seven' },
      },
    });
    if (delivery === undefined) throw new Error('nothing was delivered');
    expect(delivery.headers['webhook-id']).toBe(`msg_${conversationSid}`);
    expect(isSigned(delivery, secret, node.clock.now())).toBe(true);
    expect(isSigned({ ...delivery, text: delivery.text.replace('forty-seven', 'forty-eight') }, secret, node.clock.now())).toBe(
      false,
    );
    expect(isSigned(delivery, `whsec_${randomBytes(32).toString('base64')}`, node.clock.now())).toBe(false);
    expect(node.log()).not.toContain(secret);
  });

  it('a chat system that fails is told again, until it has heard, and once only', async (test) => {
    const { node, receiver } = await setUp(test);
    receiver.answerWith((response) => response.writeHead(500).end());
    await open(node);
    await failed(node, 1);
    node.clock.advance(5000);
    await failed(node, 2);
    receiver.answerWith((response) => response.writeHead(204).end());
    node.clock.advance(60_000);
    await delivered(receiver, 3);
    node.clock.advance(dayMs);
    // Another one, delivered after it, shows that the node has looked since.
    const { conversation_sid: another } = await open(node);
    await delivered(receiver, 4);
    expect(receiver.deliveries.length).toBe(4);
    const ids = receiver.deliveries.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[3]).toBe(`msg_${another}`);
    for (const delivery of receiver.deliveries.slice(2, 3))
      expect(isSigned(delivery, secret, node.clock.now() - dayMs)).toBe(true);
    expect(node.log()).toContain('it answered 500');
  });

  it('what could not be told survives a restart', async (test) => {
    const { node, receiver } = await setUp(test);
    const port = Number(new URL(receiver.url).port);
    await receiver.close();
    const { conversation_sid: conversationSid } = await open(node);
    await vi.waitFor(() => expect(node.log()).toContain('the chat system could not be told'), soon);
    await node.restart();
    const back = await startWebhookReceiver(port);
    test.onTestFinished(() => back.close());
    node.clock.advance(5000);
    await delivered(back, 1);
    expect(back.deliveries[0]?.body.data?.conversationSid).toBe(conversationSid);
  });

  it('a chat system that hangs holds up no start, no visitor, and nothing else that is due', async (test) => {
    const { node, receiver } = await setUp(test, { CONVERSATION_RETENTION_DAYS: '1' });
    receiver.answerWith(() => {});
    for (let count = 0; count < 3; count += 1) await open(node);
    await delivered(receiver, 1);
    const startedAt = performance.now();
    await node.restart();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect((await createToken(node.publicUrl, keys.chat)).status).toBe(201);
    await delivered(receiver, 2);
    node.clock.advance(dayMs + 1000);
    await vi.waitFor(() => expect(node.log()).toContain('old conversations were deleted'), { timeout: 5000 });
  });

  it('after its retention a conversation is deleted, from the file too; until then it is kept over restarts', async (test) => {
    const { node, receiver } = await setUp(test, { CONVERSATION_RETENTION_DAYS: '30' });
    await open(node);
    await delivered(receiver, 1);
    node.clock.advance(30 * dayMs - 60 * 60 * 1000);
    await node.restart();
    expect(stored(node)).toContain('canary forty-seven');
    await open(node, { customerFriendlyName: 'Younger Wren' });
    await delivered(receiver, 2);
    node.clock.advance(2 * 60 * 60 * 1000);
    await vi.waitFor(() => expect(node.log()).toContain('"deleted":1'), soon);
    // A restart moves what the database has written aside into its file.
    await node.restart();
    expect(stored(node)).not.toContain('canary forty-seven');
    expect(stored(node)).not.toContain(person.customerFriendlyName);
    expect(stored(node)).toContain('Younger Wren');
  });

  it('what it says of a person is in no log, whatever goes wrong', async (test) => {
    const { node, receiver } = await setUp(test);
    receiver.answerWith((response) => response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end());
    await open(node);
    await init(node.publicUrl, keys.chat, { ...person, preEngagementData: `${person.preEngagementData}}` });
    await init(node.publicUrl, keys.chat, person, {});
    await vi.waitFor(() => expect(node.log()).toContain('the chat system could not be told'), soon);
    for (const canary of ['Canary', 'Wren', 'forty-seven']) expect(node.log()).not.toContain(canary);
    expect(receiver.deliveries.length, 'a redirection is not followed').toBe(1);
  });
});
