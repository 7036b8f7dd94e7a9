// The React example in development, where strict mode mounts everything twice: one session all the same.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { type ExampleNode, examplesFolder, startExampleNode } from './example-site.ts';
import { identityPattern, watchPage } from './watched-page.ts';

let browser: Browser;
let node: ExampleNode;
let vite: ViteDevServer;
let url: string;
const cacheDir = mkdtempSync(join(tmpdir(), 'gangway-vite-'));
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startExampleNode()]);
  process.env.VITE_GANGWAY_URL = node.url;
  process.env.VITE_DEPLOYMENT_KEY = node.deploymentKey;
  vite = await createServer({
    root: join(examplesFolder, 'react'),
    cacheDir,
    logLevel: 'error',
    server: { port: 0, host: 'localhost', hmr: false, watch: null },
  });
  await vite.listen();
  url = vite.resolvedUrls?.local[0] ?? '';
});
afterAll(async () => {
  await browser?.close();
  await vite?.close();
  await node?.close();
  rmSync(cacheDir, { recursive: true, force: true });
});

it('shows one visitor, begun by one request, who stays through a reload and can end the chat', async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, text, asked, complaints } = await watchPage(context, url, node.url);
  await expect.poll(() => text('[role=status]'), { timeout: 15_000 }).toBe('active');
  const visitor = await text('#visitor');
  expect(visitor).toMatch(identityPattern);
  expect(asked).toEqual(['/v2/Webchat/Token']);

  await page.reload();
  await expect.poll(() => text('#visitor')).toBe(visitor);
  await page.getByRole('button', { name: 'Refresh now' }).click();
  await expect.poll(() => asked).toEqual(['/v2/Webchat/Token', '/v2/Webchat/Token/Refresh']);
  await page.getByRole('button', { name: 'End the chat' }).click();
  await expect.poll(() => text('[role=status]')).toBe('ended');
  expect(complaints).toEqual([]);
});
