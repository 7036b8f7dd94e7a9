// The chat of the demo page, by hand and eye: a real socket to the example's backend, under the token of the page's session.

import type { Locator, WebSocket } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DemoPage, demoStage, eventually } from './demo-page.ts';

/** What is promised between the end of a session and that of its chat. */
const closedWithinMs = 1000;

const stage = demoStage();
let demo: DemoPage;
beforeEach(async () => {
  demo = await stage.open();
  await connected(demo);
});
afterEach(() => demo.close());

const conversation = ({ page }: DemoPage): Locator => page.getByRole('log');
const status = ({ page }: DemoPage): Locator => page.locator('#chat').getByRole('status');

async function connected(tab: DemoPage): Promise<void> {
  await eventually(() => status(tab).textContent()).toBe('Connected');
}

async function say(tab: DemoPage, text: string): Promise<void> {
  await tab.page.getByLabel('Your message').fill(text);
  await tab.page.keyboard.press('Enter');
}

const titles = () => demo.page.locator('#history button span:nth-child(2)').allTextContents();
const sentences = () => demo.page.locator('#sequence-words li').allTextContents();

it('is the first thing that the keyboard reaches, and knows who speaks though nobody signed in', async () => {
  await demo.page.keyboard.press('Tab');
  await demo.page.keyboard.press('Enter');
  for (let step = 0; step < 6; step += 1) {
    await demo.page.keyboard.press('Tab');
    const field = await demo.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id);
    if (field === 'field') break;
  }
  await demo.page.keyboard.type('Who am I?');
  await demo.page.keyboard.press('Enter');
  const identity = await demo.text('#identity');
  await eventually(() => conversation(demo).textContent()).toContain(`You are ${identity}`);
  expect(await conversation(demo).textContent()).toContain('Your browser proved that it holds the key of this session');
});

it('gets the token in its first frame, with a proof, and in no address', async () => {
  const addresses: string[] = [];
  const frames: string[] = [];
  const hear = (socket: WebSocket) => {
    addresses.push(socket.url());
    socket.on('framesent', ({ payload }) => frames.push(String(payload)));
  };
  demo.page.on('websocket', hear);
  demo.page.on('request', (request) => addresses.push(request.url()));
  await demo.page.reload();
  await connected(demo);
  await demo.page.click('#refresh-now');
  await eventually(() => frames.length).toBe(2);
  const shown = frames.map((frame) => JSON.parse(frame) as { token: string; proof: string });
  expect(shown[0]).toEqual({ token: expect.stringMatching(/^eyJ/), proof: expect.stringMatching(/^eyJ/) });
  expect(shown[1]?.token).not.toBe(shown[0]?.token);
  expect(addresses).toContain(`${stage.node.url.replace('http', 'ws')}/demo/chat`);
  expect(addresses.length).toBeGreaterThan(30);
  for (const address of addresses) expect(address).not.toContain('eyJ');
});

it('takes a renewed token over the same socket, and the page draws how it was checked', async () => {
  const opened: string[] = [];
  demo.page.on('websocket', (socket) => opened.push(socket.url()));
  await demo.page.click('#refresh-now');
  await eventually(async () => (await titles())[0]).toBe('The token was renewed');
  await eventually(async () => (await sentences())[0]).toContain('POST /v2/Webchat/Token/Refresh');
  await eventually(async () => (await sentences()).at(-1)).toBe('Chat backend answers Customer: authorized: true (identity)');
  expect(await demo.page.locator('#sequence svg').count()).toBe(2);
  await say(demo, 'help');
  await eventually(() => conversation(demo).textContent()).toContain('I understand:');
  expect(opened).toEqual([]);
});

it('remembers the conversation through a reload', async () => {
  await say(demo, 'Remember the heron');
  await eventually(() => conversation(demo).textContent()).toContain('I have no answer to that');
  await demo.page.reload();
  await connected(demo);
  expect(await conversation(demo).textContent()).toContain('Remember the heron');
});

it('closes by itself within a second when the visitor ends the session, and says so; a new one begins as somebody else', async () => {
  const identity = await demo.text('#identity');
  const closed = demo.page.waitForEvent('console', { predicate: (message) => message.text().startsWith('closed ') });
  // Measured in the page, from the answer to the end of the socket as the visitor sees it.
  await demo.page.evaluate(() => {
    const { now } = performance;
    const chat = document.querySelector('#chat-place')?.shadowRoot?.querySelector('[role=status]');
    const answered = new MutationObserver(() => {
      if (document.querySelector('#history')?.textContent?.includes('You ended the session') !== true) return;
      answered.disconnect();
      const at = now.call(performance);
      const watch = () => {
        if (chat?.textContent === 'This chat is over') console.log(`closed ${now.call(performance) - at}`);
        else requestAnimationFrame(watch);
      };
      watch();
    });
    answered.observe(document.body, { subtree: true, childList: true });
  });
  await demo.page.click('#end-session');
  expect(Number((await closed).text().split(' ')[1])).toBeLessThan(closedWithinMs);
  expect(await demo.text('#session-status')).toBe('Ended');
  await eventually(() => demo.page.locator('#chat').getByRole('alert').textContent()).toContain('You have ended this chat.');
  await eventually(async () => (await sentences()).at(-1)).toBe('Chat backend answers Customer: 4401 revoked');
  expect((await titles())[0]).toBe('You ended the session');

  await demo.page.click('#new-session');
  await connected(demo);
  expect(await demo.text('#identity')).not.toBe(identity);
});

it('closes when the operator revokes the visitor, and the page tells why', async () => {
  // What happens within five seconds of a request is drawn with it.
  await demo.page.clock.fastForward(6000);
  const subject = await demo.text('#identity');
  await stage.node.operate('/v1/Revocations', { kind: 'identity', subject, reason: 'Tried by a test' });
  await eventually(async () => titles()).toContain('The chat was closed');
  await eventually(() => status(demo).textContent()).toBe('This chat is over');
  expect(await demo.text('#session-status')).toBe('Ended');
});

it('two tabs are one visitor: one identity, one refresh, one conversation, one end', async () => {
  const other = await demo.anotherTab();
  await connected(other);
  expect(await other.text('#identity')).toBe(await demo.text('#identity'));
  await eventually(() => demo.text('#token')).toBe(await other.text('#token'));

  const refreshed: number[] = [];
  for (const { page } of [demo, other]) {
    page.on('response', (response) => {
      if (response.url().endsWith('/Token/Refresh')) refreshed.push(response.status());
    });
  }
  const token = await demo.text('#token');
  await demo.page.clock.fastForward('25:00');
  await eventually(() => demo.text('#token')).not.toBe(token);
  await eventually(() => other.text('#token')).toBe(await demo.text('#token'));
  expect(refreshed.filter((code) => code === 200)).toHaveLength(1);

  await Promise.all([connected(demo), connected(other)]);
  await say(demo, 'Ahoy');
  await eventually(() => conversation(other).textContent()).toContain('What would you like to know?');

  await other.page.click('#end-session');
  for (const tab of [demo, other]) {
    await eventually(() => tab.text('#session-status')).toBe('Ended');
    await eventually(() => status(tab).textContent()).toBe('This chat is over');
  }
});

it('a page whose node runs no chat says so in a line, and the rest works', async () => {
  const { page } = demo;
  await page.route('**/demo/config.json', (route) =>
    route.fulfill({ json: { deploymentKey: stage.node.deploymentKey, chatPath: null } }),
  );
  await page.reload();
  await eventually(() => demo.text('#session-status')).toBe('Aboard');
  await eventually(() => page.locator('#chat-elsewhere').isVisible()).toBe(true);
  expect(await page.locator('#chat-place').isVisible()).toBe(false);
  await page.click('#steal-now');
  const summary = 'Without a proof key the thief got in once in 2 tries. With one, not once in 4.';
  await eventually(() => demo.text('#steal-status')).toBe(summary);
  expect(await page.locator('.thefts tbody tr').count()).toBe(4);
});
