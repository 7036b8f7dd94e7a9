// docs/privacy.md says what is collected and stored. A real browser is watched while it does so, and what it did is
// compared with the page; the page's example of consent is run as it stands there.

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from './browser/launch.ts';
import {
  type ExampleNode,
  type ExampleSite,
  replaceAll,
  serveText,
  startExampleNode,
  writtenKey,
  writtenUrl,
} from './examples/example-site.ts';
import { identityPattern } from './examples/watched-page.ts';

const text = readFileSync(new URL('../docs/privacy.md', import.meta.url), 'utf8');

/** The first cells of the table in a section, without code marks. */
function firstCells(section: string): readonly (readonly [string, string])[] {
  const [, body = ''] = new RegExp(`^## ${section}\\n([\\s\\S]*?)(?=^## )`, 'm').exec(text) ?? [];
  const rows = body.split('\n').filter((line) => line.startsWith('| `') || line.startsWith('| IndexedDB'));
  return rows.map((row) => {
    const [, first = '', second = ''] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    return [first, second];
  });
}

let browser: Browser;
let node: ExampleNode;
let site: ExampleSite;
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startExampleNode()]);
  const [, html = ''] = /^```html\n([\s\S]*?)^```/m.exec(text) ?? [];
  const page = replaceAll(html, { [writtenUrl]: node.url, [writtenKey]: node.deploymentKey });
  site = await serveText((path) => (path === '/' ? { text: page, mediaType: 'text/html; charset=utf-8' } : undefined));
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await node?.close();
});

/** What the browser keeps for the origin of a page. */
const storedBy = (page: Page) =>
  page.evaluate(async () => ({
    items: Object.keys(localStorage).concat(Object.keys(sessionStorage)),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    cookies: document.cookie,
    caches: await caches.keys(),
  }));

const nothing = { items: [], databases: [], cookies: '', caches: [] };

/** Opens the page of the example, and notes every request that it makes of the node. */
async function open(context: BrowserContext) {
  const page = await context.newPage();
  const requests: { readonly path: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === node.url && request.method() === 'POST') requests.push({ path: pathname, headers: request.headers() });
  });
  await page.goto(site.url);
  return { page, requests };
}

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context;
}

/** Has the example of the page begin a session. */
async function agree(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start the chat' }).click();
  await expect.poll(() => page.locator('#visitor').textContent()).toMatch(identityPattern);
}

describe('the page says', () => {
  it('every signal that is sent, and no other', async () => {
    const { page, requests } = await open(await newContext());
    await agree(page);
    const sent = new Set<string>();
    for (const { headers } of requests) {
      for (const [name, value] of Object.entries(headers)) {
        const [, kind] = /^x-(?:webchat|twilio)-sec-(.+)$/.exec(name) ?? [];
        if (kind === undefined) continue;
        for (const member of Object.keys(JSON.parse(value) as object)) sent.add(`${kind}.${member}`);
      }
    }
    expect([...sent].sort()).toEqual(
      firstCells('What is collected, and why')
        .map(([signal]) => signal)
        .sort(),
    );
    // Besides the signals: what browsers send, the proof, and the type of the body.
    const others = new Set(requests.flatMap(({ headers }) => Object.keys(headers)).filter((name) => !name.includes('-sec-')));
    expect([...others].sort()).toEqual(
      ['accept-language', 'content-type', 'dpop', 'referer', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'user-agent']
        .filter((name) => others.has(name))
        .sort(),
    );
  });

  it('the media types that are asked about', async () => {
    const { page, requests } = await open(await newContext());
    await agree(page);
    const { audio, video } = JSON.parse(requests[0]?.headers['x-webchat-sec-decoders'] ?? '{}') as Record<string, object>;
    const cellOf = (kind: string) =>
      new RegExp(`^\\| \`decoders\\.${kind}\` \\| whether it plays (.*?) \\|`, 'm').exec(text)?.[1] ?? '';
    const named = (kind: string) =>
      cellOf(kind)
        .split(/, | and /)
        .map((name) => name.toLowerCase().replace('.', ''))
        .sort();
    expect(named('audio')).toEqual(Object.keys(audio ?? {}).sort());
    expect(named('video')).toEqual(Object.keys(video ?? {}).sort());
  });

  it('every name under which something is stored', async () => {
    const context = await newContext();
    const { page } = await open(context);
    await agree(page);
    const rows = firstCells('What is stored in the browser');
    const items = rows.filter(([kind]) => kind === 'localStorage').map(([, name]) => name.replace('CV…', node.deploymentKey));
    const [session = '', setback = '', lease = ''] = items;
    expect(items).toHaveLength(3);
    const databases = rows.filter(([kind]) => kind === 'IndexedDB').map(([, name]) => name.split(',')[0]);
    expect(await storedBy(page)).toEqual({ ...nothing, items: [session], databases });
    const stores = await page.evaluate(
      (name) =>
        new Promise((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => resolve([...opening.result.objectStoreNames]);
        }),
      databases[0] ?? '',
    );
    expect(stores).toEqual(['keys']);
    expect(await context.cookies()).toEqual([]);

    // A failure that passes leaves the setback behind, and the next success takes it away.
    await page.route('**/Token/Refresh', (route) => route.abort());
    await page.evaluate('session.refresh().catch(() => undefined)');
    expect((await storedBy(page)).items.sort()).toEqual([session, setback]);
    await page.unroute('**/Token/Refresh');
    await page.evaluate('session.refresh()');
    expect((await storedBy(page)).items).toEqual([session]);

    // Without Web Locks there is the lease, while a request is under way.
    const bare = await newContext();
    await bare.addInitScript("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })");
    const other = await open(bare);
    const seen = new Set<string>();
    await other.page.exposeFunction('note', (names: string[]) => {
      for (const name of names) seen.add(name);
    });
    await other.page.evaluate(
      'Storage.prototype.setItem = ((set) => function (name, value) { note([name]); return set.call(this, name, value); })(Storage.prototype.setItem)',
    );
    await agree(other.page);
    await expect.poll(() => [...seen].sort()).toEqual([session, lease].sort());
    await expect.poll(async () => (await storedBy(other.page)).items).toEqual([session]);
  });
});

describe('the example of consent', () => {
  it('collects, stores and asks nothing before the visitor agrees, and begins then', async () => {
    const { page, requests } = await open(await newContext());
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect([await page.locator('#visitor').textContent(), requests]).toEqual(['nobody', []]);
    expect(await storedBy(page)).toEqual(nothing);
    await agree(page);
    expect(requests.length).toBeGreaterThan(0);
  });

  it('forgets the visitor who withdraws: nothing is left but an empty database, and the next one is somebody else', async () => {
    const { page } = await open(await newContext());
    await agree(page);
    const visitor = await page.locator('#visitor').textContent();
    await page.getByRole('button', { name: 'forget me' }).click();
    await expect.poll(() => page.locator('#visitor').textContent()).toBe('nobody');
    const keys = () =>
      page.evaluate(
        () =>
          new Promise<number>((resolve, reject) => {
            const opening = indexedDB.open('gangway');
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
              const counting = opening.result.transaction('keys').objectStore('keys').count();
              counting.onsuccess = () => resolve(counting.result);
            };
          }),
      );
    await expect.poll(keys).toBe(0);
    expect((await storedBy(page)).items).toEqual([]);
    await page.reload();
    await agree(page);
    expect(await page.locator('#visitor').textContent()).not.toBe(visitor);
  });
});
