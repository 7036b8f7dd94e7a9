// The script tag example: one tag, and the visitor stays the same through a reload, until the chat is ended.

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
  site = await serveExample('script-tag', { [writtenUrl]: node.url, [writtenKey]: node.deploymentKey });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await node?.close();
});

it('gives the visitor a token, keeps it through a reload, refreshes it, ends it and begins anew', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, text, asked, complaints } = await watchPage(context, site.url, node.url);
  await expect.poll(() => text('#status')).toBe('active');
  const visitor = await text('#visitor');
  expect(visitor).toMatch(identityPattern);
  expect(await text('#until')).toMatch(/\d:\d\d/);

  await page.reload();
  await expect.poll(() => text('#visitor')).toBe(visitor);
  await page.getByRole('button', { name: 'Refresh now' }).click();
  await expect.poll(() => asked.filter((path) => path === '/v2/Webchat/Token/Refresh')).toHaveLength(1);
  expect(await text('#visitor')).toBe(visitor);
  expect(asked.filter((path) => path === '/v2/Webchat/Token')).toHaveLength(1);

  await page.getByRole('button', { name: 'End the chat' }).click();
  await expect.poll(() => text('#status')).toBe('ended');
  await page.getByRole('button', { name: 'New chat' }).click();
  await expect.poll(() => text('#status')).toBe('active');
  expect(await text('#visitor')).toMatch(identityPattern);
  expect(await text('#visitor')).not.toBe(visitor);
  expect(complaints).toEqual([]);
});

it('says which deployment is missing, in words', async () => {
  const other = await serveExample('script-tag', { [writtenUrl]: node.url });
  const context = await browser.newContext();
  onTestFinished(async () => {
    await context.close();
    await other.close();
  });
  const { text } = await watchPage(context, other.url, node.url);
  await expect.poll(() => text('#problem')).toMatch(/^deployment_not_found: No active deployment has this key/);
});
