// The example of a chat in a frame: the frame has the session, the page around it hears how it stands and nothing more.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser, resolvingHere } from '../browser/launch.ts';
import { type ExampleNode, type ExampleSite, serveExample, startExampleNode, writtenKey, writtenUrl } from './example-site.ts';
import { identityPattern, watchPage } from './watched-page.ts';

/** Playwright turns the partitioning of storage off, among others; the last of two such lists counts. */
const asSold = '--disable-features=Translate';

let browser: Browser;
let node: ExampleNode;
let shop: ExampleSite;
let chat: ExampleSite;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser([...resolvingHere(['*.example']), asSold]), startExampleNode()]);
  const addresses: Record<string, string> = { [writtenUrl]: node.url, [writtenKey]: node.deploymentKey };
  chat = await serveExample('iframe/chat', addresses);
  shop = await serveExample('iframe/shop', { 'http://localhost:8082/iframe/chat/': chat.url });
  addresses['http://localhost:8081'] = new URL(shop.url).origin;
});
afterAll(async () => {
  await browser?.close();
  for (const each of [shop, chat, node]) await each?.close();
});

it('the frame has a session, and tells the page around it how it stands', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, text, complaints } = await watchPage(context, shop.url, node.url);
  const frame = page.frameLocator('iframe');
  await expect.poll(() => frame.locator('#status').textContent()).toBe('active');
  await expect.poll(() => text('#heard')).toBe('the chat is active');
  expect(await frame.locator('#visitor').textContent()).toMatch(identityPattern);
  // Nothing of the session is stored for the shop.
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
  expect(complaints).toEqual([]);
});

it('a page of the same site around the frame sees the visitor of the chat itself, one of another site somebody else', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const alone = await watchPage(context, chat.url, node.url);
  await expect.poll(() => alone.text('#status')).toBe('active');
  const visitorIn = async (url: string) => {
    const { page } = await watchPage(context, url, node.url);
    const frame = page.frameLocator('iframe');
    await expect.poll(() => frame.locator('#status').textContent()).toBe('active');
    return frame.locator('#visitor').textContent();
  };
  expect(await visitorIn(shop.url)).toBe(await alone.text('#visitor'));
  const elsewhere = await visitorIn(shop.url.replace('localhost', 'shop.example'));
  expect(elsewhere).toMatch(identityPattern);
  expect(elsewhere).not.toBe(await alone.text('#visitor'));
});

it('a page that is not the shop hears nothing', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, text } = await watchPage(context, shop.url.replace('localhost', 'thief.example'), node.url);
  const frame = page.frameLocator('iframe');
  await expect.poll(() => frame.locator('#status').textContent()).toBe('active');
  await frame.getByRole('button', { name: 'Refresh now' }).click();
  await expect.poll(() => frame.locator('#status').textContent()).toBe('active');
  expect(await text('#heard')).toBe('nothing yet');
});
