// The chat in a real browser: the page of the example, the SDK that a node serves, and the server of the example.

import type * as Sdk from '@gangway/sdk';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { greeting } from '../../examples/chat/purser.ts';
import { launchBrowser } from '../browser/launch.ts';
import { operate } from '../cli/operator.ts';
import { type ChatSite, type ChatTab, keys, openTab, startChatSite } from './chat-site.ts';

let browser: Browser;
let site: ChatSite;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startChatSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const greeted = `Purser: ${greeting}`;
const types = ({ frames }: ChatTab) => frames.map(({ frame }) => frame.type ?? 'presentation');
const button = ({ panel }: ChatTab, name: string) => panel.getByRole('button', { name });

/** Has another tab of the visitor do something with the session, as that tab's own page would. */
const withSession = ({ page }: ChatTab, verb: 'refresh' | 'end' | 'startAnew') =>
  page.evaluate(
    async ([url, deploymentKey, action]) => {
      const { Gangway } = globalThis as unknown as { Gangway: typeof Sdk };
      const session = Gangway.createWebchatSession({ url: url ?? '', deploymentKey: deploymentKey ?? '' });
      await session[action as 'refresh']();
      session.close();
    },
    [site.node.publicUrl ?? '', keys.chat, verb],
  );

it('a conversation: in all tabs of the visitor at once, after a reload, and in nobody else’s', async () => {
  const here = await openTab(browser, site);
  expect(here.addresses.filter((address) => /Webchat|socket/.test(address))).toEqual([]);
  await here.open();
  expect(await here.conversation()).toEqual([greeted]);
  const there = await openTab(browser, site, { beside: here });
  await there.open();
  const stranger = await openTab(browser, site);
  await stranger.open();

  await here.say('Ahoy!');
  await expect.poll(here.conversation).toEqual([greeted, 'You: Ahoy!', expect.stringMatching(/^Purser: Ahoy!/)]);
  await expect.poll(there.conversation).toEqual(await here.conversation());
  await there.say('who am I');
  await expect.poll(() => here.conversation().then((said) => said.at(-1))).toMatch(/^Purser: You are [0-9a-f-]{36}\./);
  expect((await here.conversation()).at(-1)).toContain('Your browser proved that it holds the key of this session');

  const before = await here.conversation();
  await here.page.reload();
  await expect.poll(here.status).toBe('Connected');
  expect(await here.conversation()).toEqual(before);
  expect(await stranger.conversation()).toEqual([greeted]);
});

it('the token is in the first frame alone: in no address, and not in what the widget tells others', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  const presented = tab.frames.filter(({ frame }) => 'token' in frame);
  expect(presented.map(({ direction }) => direction)).toEqual(['sent']);
  expect(tab.frames[1]).toBe(presented[0]);
  const { token, proof } = presented[0]?.frame ?? {};
  expect(String(proof).split('.')).toHaveLength(3);
  expect(tab.addresses.some((address) => address === site.socketUrl)).toBe(true);
  for (const address of tab.addresses) {
    expect(address).not.toContain(String(token));
    expect(address).not.toMatch(/[?&]token/i);
  }
  const dom = await tab.page.evaluate(() => document.querySelector('#chat')?.shadowRoot?.innerHTML ?? '');
  expect(dom).toContain('Connected');
  expect(dom).not.toContain(String(token));
});

it('says so where a text that was pasted does not fit, and no longer once it does', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  const field = tab.panel.getByRole('textbox');
  const hint = () => field.evaluate((area) => (area.getRootNode() as ShadowRoot).querySelector('#hint')?.textContent);
  const usual = await hint();
  // As the keyboard types and the clipboard pastes: what does not fit is cut off by the browser.
  await field.focus();
  await tab.page.keyboard.insertText('x'.repeat(5000));
  const lengthMax = (await field.inputValue()).length;
  expect(lengthMax).toBeLessThan(5000);
  await expect.poll(hint).toBe(`That is as much as a message holds: ${lengthMax} characters.`);
  await tab.page.keyboard.press('Backspace');
  await expect.poll(hint).toBe(usual);
  await tab.page.keyboard.insertText('yz');
  await tab.page.keyboard.press('Enter');
  await expect.poll(async () => (await tab.conversation()).length).toBe(3);
  expect(await hint()).toBe(usual);
});

it('goes on over the same socket when another tab has refreshed the session', async () => {
  const here = await openTab(browser, site);
  await here.open();
  const there = await openTab(browser, site, { beside: here });
  await withSession(there, 'refresh');
  await expect.poll(() => types(here)).toEqual(['hello', 'presentation', 'welcome', 'presentation', 'renewed']);
  const [first, second] = here.frames.filter(({ frame }) => 'token' in frame);
  expect(second?.frame.token).not.toBe(first?.frame.token);
  await here.say('Still the same line');
  await expect.poll(async () => (await here.conversation()).length).toBe(3);
  expect(here.addresses.filter((address) => address === site.socketUrl)).toHaveLength(1);
});

it('follows into the new chat that another tab began, and shows nothing of the old one', async () => {
  const here = await openTab(browser, site);
  await here.open();
  await here.say('Before');
  await expect.poll(async () => (await here.conversation()).length).toBe(3);
  const there = await openTab(browser, site, { beside: here });
  await withSession(there, 'startAnew');
  await expect.poll(here.conversation).toEqual([greeted]);
  expect(await here.status()).toBe('Connected');
});

it('a chat that was ended says so in words; what was half written is kept, and a new chat is one button away', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  await tab.say('Goodbye');
  await expect.poll(async () => (await tab.conversation()).length).toBe(3);
  await tab.panel.getByRole('textbox').fill('One more thing');
  await tab.page.getByRole('button', { name: 'End this chat' }).click();
  await expect.poll(tab.status).toBe('This chat is over');
  expect(tab.frames.at(-1)?.frame).toMatchObject({ type: 'refused', code: 'revoked' });
  expect(await tab.panel.getByRole('alert').textContent()).toContain('You have ended this chat.');

  await button(tab, 'Start a new chat').click();
  await expect.poll(tab.status).toBe('Connected');
  expect(await tab.conversation()).toEqual([greeted]);
  expect(await tab.panel.getByRole('alert').count()).toBe(0);
  expect(await tab.panel.getByRole('textbox').inputValue()).toBe('One more thing');
});

it('a session that the operator revoked is over, and a reload does not bring it back', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  const { identity } = tab.frames.find(({ frame }) => frame.type === 'welcome')?.frame ?? {};
  await operate(site.node, 'revoke', 'identity', String(identity), '--reason', 'a test');
  await expect.poll(tab.status).toBe('This chat is over');
  expect(await tab.panel.getByRole('alert').textContent()).toContain('This chat was ended');
  await button(tab, 'Start a new chat').click();
  await expect.poll(tab.status).toBe('Connected');
  expect(tab.frames.findLast(({ frame }) => frame.type === 'welcome')?.frame.identity).not.toBe(identity);
});

it('offline is shown, what is written then is marked, kept through a reload, and sent once when the line is back', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  await tab.page.context().setOffline(true);
  await expect.poll(tab.status).toBe('You are offline. What you write is kept.');
  await tab.say('Into the void');
  await expect.poll(() => button(tab, 'Send again').count()).toBe(1);
  expect(await tab.panel.getByRole('listitem').last().textContent()).toContain('Not sent yet');
  await button(tab, 'Send again').click();
  await expect.poll(() => button(tab, 'Send again').count()).toBe(1);

  await tab.page.context().setOffline(false);
  await expect.poll(tab.status).toBe('Connected');
  await expect.poll(tab.conversation).toEqual([greeted, 'You: Into the void', expect.stringMatching(/^Purser:/)]);
  expect(await button(tab, 'Send again').count()).toBe(0);
});

it('what could not be sent and what was half written are there after a reload, in this tab alone', async () => {
  await site.stop();
  try {
    const tab = await openTabWithoutServer();
    await tab.say('Not yet');
    await tab.panel.getByRole('textbox').fill('And half a');
    await expect.poll(() => tab.page.evaluate(() => Object.values(sessionStorage).join())).toContain('"draft":"And half a"');
    await site.start();
    await tab.page.reload();
    await expect.poll(tab.status).toBe('Connected');
    await expect.poll(tab.conversation).toEqual([greeted, 'You: Not yet', expect.stringMatching(/^Purser:/)]);
    expect(await tab.panel.getByRole('textbox').inputValue()).toBe('And half a');
    const beside = await openTab(browser, site, { beside: tab });
    await beside.open();
    expect(await beside.panel.getByRole('textbox').inputValue()).toBe('');
  } finally {
    await site.stop();
    await site.start();
  }
});

/** A tab that had the chat open when the server went away. */
async function openTabWithoutServer(): Promise<ChatTab> {
  await site.start();
  const tab = await openTab(browser, site);
  await tab.open();
  await site.stop();
  await expect.poll(tab.status).toBe('Connection lost. Trying again…');
  return tab;
}

it('comes back by itself when the server is back', async () => {
  const tab = await openTab(browser, site);
  await tab.open();
  await site.stop();
  await expect.poll(tab.status).toBe('Connection lost. Trying again…');
  await tab.say('Anybody?');
  await site.start();
  await expect.poll(tab.status, { timeout: 15_000 }).toBe('Connected');
  await expect.poll(tab.conversation).toEqual([greeted, 'You: Anybody?', expect.stringMatching(/^Purser:/)]);
});

it('notices that the line is dead though nobody said so, and that a sent message was not acknowledged', async () => {
  let isDead = false;
  let sockets = 0;
  const tab = await openTab(browser, site, {
    prepare: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(site.socketUrl, (socket) => {
        const mine = ++sockets;
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          if (!isDead || mine > 1) server.send(message);
        });
        server.onMessage((message) => {
          if (!isDead || mine > 1) socket.send(message);
        });
      });
    },
  });
  await tab.open();
  isDead = true;
  await tab.say('Lost at sea');
  await tab.page.clock.fastForward(8000);
  await expect.poll(() => button(tab, 'Send again').count()).toBe(1);
  expect(sockets).toBe(1);
  await tab.page.clock.fastForward(12_000);
  await tab.page.clock.fastForward(5000);
  await expect.poll(tab.status).toBe('Connection lost. Trying again…');
  await tab.page.clock.fastForward(1000);
  await expect.poll(tab.status).toBe('Connected');
  expect(sockets).toBe(2);
  await expect.poll(tab.conversation).toEqual([greeted, 'You: Lost at sea', expect.stringMatching(/^Purser:/)]);
});

it('a message whose acknowledgement was lost is shown once, however often it is sent again', async () => {
  let swallows = true;
  const tab = await openTab(browser, site, {
    prepare: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(site.socketUrl, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          if (!swallows || !message.toString().includes('"said"')) socket.send(message);
        });
      });
    },
  });
  await tab.open();
  // Only what follows moves the clock, so that no heartbeat comes in between on a busy machine and mends it early.
  await tab.page.clock.pauseAt(await tab.page.evaluate(() => Date.now() + 1000));
  await tab.say('Only once');
  await tab.page.clock.fastForward(8000);
  await button(tab, 'Send again').click();
  await tab.page.clock.fastForward(8000);
  swallows = false;
  await button(tab, 'Send again').click();
  await expect.poll(async () => (await tab.conversation()).filter((line) => line === 'You: Only once').length).toBe(1);
  await expect.poll(() => button(tab, 'Send again').count()).toBe(0);
  await tab.page.clock.resume();
  await tab.page.reload();
  await expect.poll(tab.status).toBe('Connected');
  expect(await tab.conversation()).toEqual([greeted, 'You: Only once', expect.stringMatching(/^Purser:/)]);
});

it('a laptop that slept for an hour comes back with a fresh token, and the chat goes on', async () => {
  const tab = await openTab(browser, site, { prepare: (page) => page.clock.install() });
  await tab.open();
  await tab.say('Good night');
  await expect.poll(async () => (await tab.conversation()).length).toBe(3);
  const { identity } = tab.frames.find(({ frame }) => frame.type === 'welcome')?.frame ?? {};
  await tab.page.clock.fastForward('01:00:00');
  await tab.say('Good morning');
  await expect
    .poll(() => tab.conversation().then((said) => said.slice(0, 4)), { timeout: 10_000 })
    .toEqual([...[greeted, 'You: Good night', expect.stringMatching(/^Purser:/), 'You: Good morning']]);
  const tokens = () => new Set(tab.frames.filter(({ frame }) => 'token' in frame).map(({ frame }) => frame.token));
  await expect.poll(() => tokens().size).toBe(2);
  expect(tab.frames.findLast(({ frame }) => frame.type === 'welcome')?.frame.identity).toBe(identity);
});
