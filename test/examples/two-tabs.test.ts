// The example of two tabs: one visitor, one session, and one request for both.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { type ExampleNode, type ExampleSite, serveExample, startExampleNode, writtenKey, writtenUrl } from './example-site.ts';
import { identityPattern, watchPage } from './watched-page.ts';

let browser: Browser;
let node: ExampleNode;
let site: ExampleSite;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startExampleNode()]);
  site = await serveExample('two-tabs', { [writtenUrl]: node.url, [writtenKey]: node.deploymentKey });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await node?.close();
});

it('shows one visitor in both, one begin, and one refresh that both take over', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const tabs = await Promise.all([watchPage(context, site.url, node.url), watchPage(context, site.url, node.url)]);
  const [first, second] = tabs;
  for (const { text } of tabs) await expect.poll(() => text('#status')).toBe('active');
  expect(await first.text('#visitor')).toMatch(identityPattern);
  expect(await second.text('#visitor')).toBe(await first.text('#visitor'));
  const counts = async (selector: string) => Promise.all(tabs.map(async ({ text }) => Number(await text(selector))));
  await expect.poll(async () => (await counts('#created')).toSorted()).toEqual([0, 1]);

  const stored = () =>
    second.page.evaluate(() => Object.entries(localStorage).find(([name]) => name.startsWith('gangway:'))?.[1]);
  const before = await stored();
  await first.page.getByRole('button', { name: 'Refresh now' }).click();
  await expect.poll(() => counts('#refreshed')).toEqual([1, 0]);
  await expect.poll(stored).not.toBe(before);
  for (const { text, complaints } of tabs) expect([await text('#status'), complaints]).toEqual(['active', []]);
  const answered = tabs.flatMap(({ asked }) => asked.filter((path) => path.startsWith('/v2/Webchat/Token')));
  expect(answered.toSorted()).toEqual(['/v2/Webchat/Token', '/v2/Webchat/Token/Refresh']);
});
