// The browsers of the tests are real ones: they start, and they hold pages to the origins that they may read. Every other
// browser test stands on this. It also says which browsers this machine lacks.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browsers, browsersWithPageCache, firefox, fullChromium } from './browsers.ts';
import { answerForFirefox } from './firefox-relay.ts';
import { launchBrowser } from './launch.ts';
import { unpackChromium } from './unpacked-chromium.ts';

if (!firefox) console.log('There is no Firefox here: nothing was tried in it.');
if (!fullChromium) console.log('There is no full Chromium here: its back-forward cache was not tried.');

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const servePage = () => serve((_, response) => response.setHeader('Content-Type', 'text/html').end('<title>shop</title>'));

/** What a script of the page reads at an address, or the error that it sees. */
const read = (page: Page, url: string) =>
  page.evaluate(async (address) => {
    try {
      return await (await fetch(address)).text();
    } catch (error) {
      return String(error);
    }
  }, url);

describe.each([...browsers, ...(fullChromium ? [fullChromium] : [])])('$name', ({ launch, unreadable }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(['shop.example', 'other.example']);
  });
  afterAll(() => browser?.close());

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(url);
    return page;
  }

  it('draws text, whatever fonts the machine has', async () => {
    const page = await open('about:blank');
    await page.setContent('<span>Gangway</span>');
    expect(await page.evaluate(() => document.querySelector('span')?.offsetWidth)).toBeGreaterThan(20);
  });

  it('a refused origin fails in this very browser', async () => {
    const refusing = await serve((_, response) => response.end('secret'));
    const admitting = await serve((request, response) => {
      response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '').end('open');
    });
    const page = await open(`http://127.0.0.1:${await servePage()}/`);
    expect(await read(page, `http://127.0.0.1:${refusing}/`)).toBe(unreadable);
    expect(await read(page, `http://127.0.0.1:${admitting}/`)).toBe('open');
  });

  it('names lead to this machine, and a page is of the origin by which it was asked', async () => {
    const port = await servePage();
    for (const name of ['shop.example', 'other.example']) {
      expect(await (await open(`http://${name}:${port}/`)).evaluate(() => origin)).toBe(`http://${name}:${port}`);
    }
  });

  it('gives pages of this machine what a secure context has', async () => {
    const page = await open(`http://localhost:${await servePage()}/`);
    expect(await page.evaluate(() => [isSecureContext, 'subtle' in crypto, 'locks' in navigator])).toEqual([true, true, true]);
  });
});

describe.each(browsersWithPageCache)('$name', ({ launch }) => {
  it('keeps a page for the way back', async () => {
    const browser = await launch();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const url = `http://localhost:${await servePage()}`;
    await page.goto(`${url}/shop`);
    await page.evaluate(() =>
      addEventListener('pageshow', ({ persisted }) => Object.assign(document, { title: `${persisted}` })),
    );
    await page.goto(`${url}/elsewhere`);
    // Not page.goBack(), which waits for a load that does not come.
    await page.evaluate(() => history.back());
    await expect.poll(() => page.evaluate(() => document.title), { timeout: 5000 }).toBe('true');
  });
});

describe('the packaged Chromium', () => {
  it.skipIf(process.env.GANGWAY_TEST_BROWSER)('is the version that its package names', async () => {
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
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
});

describe('the relay before Firefox', () => {
  const asking = (features: object, method = 'emulation.setMediaFeaturesOverride') =>
    answerForFirefox(JSON.stringify({ id: 7, method, params: { features } }));

  it('answers only what Firefox is already: light', () => {
    expect(JSON.parse(asking({ 'prefers-color-scheme': 'light' }) ?? '')).toEqual({ type: 'success', id: 7, result: {} });
    expect(asking({ 'prefers-color-scheme': 'dark' })).toBeUndefined();
    expect(asking({ 'prefers-color-scheme': 'light', 'prefers-reduced-motion': 'reduce' })).toBeUndefined();
    expect(asking({}, 'browsingContext.navigate')).toBeUndefined();
  });
});
