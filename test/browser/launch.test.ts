// The browser of the tests is a real one: it starts, and it holds pages to the origins that they may read. Every other
// browser test stands on this.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from './launch.ts';
import { unpackChromium } from './unpacked-chromium.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it.skipIf(process.env.GANGWAY_TEST_BROWSER)('is the version that its package names', async () => {
  expect(browser.version().split('.')[0]).toBe((await unpackChromium()).major);
});

it('unpacks whole, however many ask at once', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'gangway-chromium-'));
  onTestFinished(() => rm(cache, { recursive: true }));
  const [first, second] = await Promise.all([unpackChromium(cache), unpackChromium(cache)]);
  expect(first).toEqual(second);
  expect(await readdir(cache)).toHaveLength(1);
  expect((await stat(first.executable)).size).toBe((await stat((await unpackChromium()).executable)).size);
});

it('draws text, whatever fonts the machine has', async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.setContent('<span>Gangway</span>');
  expect(await page.evaluate(() => document.querySelector('span')?.offsetWidth)).toBeGreaterThan(20);
});

it('a refused origin fails in this very browser', async () => {
  const pageUrl = await serve((_, response) => response.setHeader('Content-Type', 'text/html').end('<title>shop</title>'));
  const refusingUrl = await serve((_, response) => response.end('secret'));
  const admittingUrl = await serve((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '').end('open');
  });
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(pageUrl);
  const read = (url: string) =>
    page.evaluate(async (address) => {
      try {
        return await (await fetch(address)).text();
      } catch (error) {
        return String(error);
      }
    }, url);

  expect(await read(refusingUrl)).toBe('TypeError: Failed to fetch');
  expect(await read(admittingUrl)).toBe('open');
});
