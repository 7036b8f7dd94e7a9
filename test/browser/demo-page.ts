// The demo of a node of its own, opened in the browser of the tests: what every test of the page begins with.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { startNode } from '../../packages/services/src/node.ts';
import { openLog } from '../../packages/services/src/platform/log.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { launchBrowser } from './launch.ts';

/** Polls until an expectation holds; a machine that is busy with other tests may need several seconds for a page. */
export const eventually: typeof expect.poll = (read, options) => expect.poll(read, { timeout: 10_000, ...options });

/** A node with the demo on. */
export interface DemoNode {
  readonly url: string;
  readonly deploymentKey: string;
  readonly serviceUrl: string;
  /** Asks an operator's route, as whoever can read the data folder. */
  operate(path: string, body: object): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** The account of the demo's deployment. */
export const accountSid = `AC${'d'.repeat(32)}`;

/** Of another deployment of that account. */
export const proofRequiredKey = `CV${'e'.repeat(32)}`;

/** As the first start of an empty node makes it, but for the limit: every test of a file is a new visitor of one address. */
const declaration: DeclaredConfiguration = {
  accounts: [
    {
      sid: accountSid,
      friendlyName: 'Demo',
      webchatSecurityEnabled: true,
      deployments: [
        {
          deploymentKeys: [`CV${'d'.repeat(32)}`],
          allowedOrigins: ['http://localhost:*', 'http://127.0.0.1:*'],
          limits: { createPerMinutePerAddress: 10_000 },
        },
        { deploymentKeys: [proofRequiredKey], proofOfPossession: 'required' },
      ],
    },
  ],
};

/** Starts a node in this process, on free ports and an empty data folder. */
async function startDemoNode(): Promise<DemoNode> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-demo-'));
  const config = writeDeclaration(folder, declaration);
  const ports = { GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0' };
  const place = { GANGWAY_DATA_DIR: join(folder, 'data'), GANGWAY_CONFIG: config, GANGWAY_DEMO: 'true' };
  const { log } = openLog('silent');
  const node = await startNode(readSettings({ ...ports, ...place }, {}), { log });
  const { publicUrl, serviceUrl, deploymentKey } = node;
  if (publicUrl === null || serviceUrl === null || deploymentKey === undefined) throw new Error('the node serves no demo');
  return {
    url: publicUrl,
    deploymentKey,
    serviceUrl,
    operate: async (path, body) => {
      const authorization = `Bearer ${readFileSync(join(node.dataFolder, 'admin.token'), 'utf8').trim()}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(node.adminUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return (await answer.json()) as Record<string, unknown>;
    },
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
  /** The demo in another tab of the same browser. */
  anotherTab(): Promise<DemoPage>;
  /** Closes the browser's window with all its tabs. */
  close(): Promise<void>;
}

/** What the tests of a file share. */
export interface DemoStage {
  readonly browser: Browser;
  readonly node: DemoNode;
  /** Opens the demo with a clock that the test can move, as a new visitor, and waits until the visitor is aboard. */
  open(options?: BrowserContextOptions): Promise<DemoPage>;
}

/** A browser and a node for all tests of the file that calls this. */
export function demoStage(): DemoStage {
  let stage: DemoStage | undefined;
  const there = (): DemoStage => stage ?? expect.fail('the stage is not set before the tests begin');
  beforeAll(async () => {
    const [browser, node] = await Promise.all([launchBrowser(), startDemoNode()]);
    stage = { browser, node, open: (options) => openDemo(browser, node.url, options) };
  });
  afterAll(async () => {
    await stage?.browser.close();
    await stage?.node.close();
  });
  return {
    get browser() {
      return there().browser;
    },
    get node() {
      return there().node;
    },
    open: (options) => there().open(options),
  };
}

/** Opens the demo with a clock that the test can move, and waits until the visitor is aboard. */
async function openDemo(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<DemoPage> {
  const context = await browser.newContext(options);
  await context.clock.install();
  return openTab(context, url);
}

async function openTab(context: BrowserContext, url: string): Promise<DemoPage> {
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(`thrown: ${error.message}`));
  await page.goto(`${url}/demo`);
  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? '';
  await eventually(() => text('#session-status')).toBe('Aboard');
  return { page, console: said, text, anotherTab: () => openTab(context, url), close: () => context.close() };
}
