// The widget on a page that is not the example's: as a part of the page, behind a question for consent, and off again.

import type * as Sdk from '@gangway/sdk';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { mountChatWidget } from '../../examples/chat/widget/mount-chat-widget.ts';
import { launchBrowser } from '../browser/launch.ts';
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

interface OnPage {
  readonly Gangway: typeof Sdk;
  readonly mountChatWidget: typeof mountChatWidget;
  agreed: boolean;
  widget: ReturnType<typeof mountChatWidget>;
  traffic: string[];
}

/** Mounts a widget into a box of its own, with a session that asks `agreed` for consent. */
async function mount({ page }: ChatTab, agreed: boolean): Promise<void> {
  // As text, since the test runner rewrites an import that it sees.
  await page.evaluate("import('/widget/mount-chat-widget.ts').then((module) => Object.assign(globalThis, module))");
  await page.evaluate(
    ([url, deploymentKey, socketUrl, hasAgreed]) => {
      const here = globalThis as unknown as OnPage;
      Object.assign(here, { agreed: hasAgreed === 'yes', traffic: [] });
      const box = document.createElement('div');
      Object.assign(box, { id: 'box' });
      box.style.height = '480px';
      document.querySelector('main')?.prepend(box);
      const consent = () => here.agreed;
      here.widget = here.mountChatWidget(box, {
        session: here.Gangway.createWebchatSession({ url: url ?? '', deploymentKey: deploymentKey ?? '', consent }),
        socketUrl: socketUrl ?? '',
        inline: true,
        words: { title: 'Questions?' },
        onTraffic: (direction, frame) => here.traffic.push(`${direction} ${JSON.stringify(frame)}`),
      });
    },
    [site.node.publicUrl ?? '', keys.chat, site.socketUrl, agreed ? 'yes' : 'no'],
  );
}

it('lies in the page as a region, as large as its element, and takes no focus by itself', async () => {
  const tab = await openTab(browser, site);
  await mount(tab, true);
  const region = tab.page.getByRole('region', { name: 'Questions?' });
  await expect.poll(() => region.getByRole('status').textContent()).toBe('Connected');
  expect((await region.boundingBox())?.height).toBe(480);
  expect(await tab.page.evaluate(() => document.activeElement === document.body)).toBe(true);
  expect(await region.getByRole('button').allTextContents()).toEqual(['Send']);
  await region.getByRole('textbox').fill('Ahoy!');
  await tab.page.keyboard.press('Enter');
  await tab.page.keyboard.press('Escape');
  await expect.poll(() => region.getByRole('listitem').count()).toBe(3);
});

it('before the visitor agrees nothing is sent, and nothing but that is asked for', async () => {
  const tab = await openTab(browser, site);
  await mount(tab, false);
  const region = tab.page.getByRole('region', { name: 'Questions?' });
  await expect.poll(() => region.getByRole('alert').textContent()).toContain('The chat needs your consent first.');
  expect(tab.addresses.filter((address) => /Webchat|socket$/.test(address))).toEqual([]);
  expect(await tab.page.evaluate(() => localStorage.length)).toBe(0);
  await tab.page.evaluate(() => {
    (globalThis as unknown as OnPage).agreed = true;
  });
  await region.getByRole('button', { name: 'Start a new chat' }).click();
  await expect.poll(() => region.getByRole('status').textContent()).toBe('Connected');
});

it('tells the page of every frame, without token and proof', async () => {
  const tab = await openTab(browser, site);
  await mount(tab, true);
  const traffic = () => tab.page.evaluate(() => (globalThis as unknown as OnPage).traffic);
  await expect.poll(async () => (await traffic()).length).toBe(3);
  expect((await traffic())[1]).toBe('sent {"token":"…","proof":"…"}');
  const { token } = tab.frames.find(({ frame }) => 'token' in frame)?.frame ?? {};
  expect((await traffic()).join()).not.toContain(String(token));
});

it('is taken off the page with its socket', async () => {
  const tab = await openTab(browser, site);
  const opened = tab.page.waitForEvent('websocket');
  await mount(tab, true);
  const socket = await opened;
  await expect.poll(() => tab.page.getByRole('status').textContent()).toBe('Connected');
  const closed = socket.waitForEvent('close');
  await tab.page.evaluate(() => (globalThis as unknown as OnPage).widget.remove());
  await closed;
  expect(await tab.page.locator('#box').evaluate((box) => box.shadowRoot?.childElementCount)).toBe(0);
  await tab.page.evaluate(() => dispatchEvent(new Event('online')));
  expect(tab.addresses.filter((address) => address === site.socketUrl)).toHaveLength(1);
});
