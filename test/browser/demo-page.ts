// The demo of a node of its own, opened in the browser of the tests: what every test of the page begins with.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { startNode } from '../../packages/services/src/node.ts';
import { openLog } from '../../packages/services/src/platform/log.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';

/** A node with the demo on. */
export interface DemoNode {
  readonly url: string;
  readonly deploymentKey: string;
  close(): Promise<void>;
}

/** Starts a node in this process, on free ports and an empty data folder. */
export async function startDemoNode(): Promise<DemoNode> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-demo-'));
  const settings = readSettings(
    { GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0', GANGWAY_DATA_DIR: folder },
    {},
  );
  const { log } = openLog('silent');
  const node = await startNode(settings, { log });
  if (node.publicUrl === null || node.deploymentKey === undefined) throw new Error('the node serves no demo');
  return {
    url: node.publicUrl,
    deploymentKey: node.deploymentKey,
    close: async () => {
      await node.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** An open demo page, and what its console said. */
export interface DemoPage {
  readonly page: Page;
  readonly console: string[];
  text(selector: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens the demo with a clock that the test can move, and waits until the visitor is aboard. */
export async function openDemo(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<DemoPage> {
  const page = await browser.newPage(options);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(`thrown: ${error.message}`));
  await page.clock.install();
  await page.goto(`${url}/demo`);
  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? '';
  await expect.poll(() => text('#session-status')).toBe('Aboard');
  return { page, console: said, text, close: () => page.close() };
}
