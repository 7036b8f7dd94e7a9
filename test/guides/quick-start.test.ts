// The quick start works by copy and paste: each block is used as it stands there, in a real browser and with a real backend.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { serveText } from '../examples/example-site.ts';
import { identityPattern } from '../examples/watched-page.ts';
import { blockOf, type Reader, startReader } from './guide.ts';

const guide = 'quick-start.md';
const html = 'text/html; charset=utf-8';

let browser: Browser;
let reader: Reader;
beforeAll(async () => {
  [browser, reader] = await Promise.all([launchBrowser(), startReader()]);
});
afterAll(async () => {
  await browser?.close();
  await reader?.close();
});

async function newPage() {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context.newPage();
}

/** Serves one page on an origin of its own. */
async function servePage(text: string): Promise<string> {
  const site = await serveText((path) => (path === '/' ? { text, mediaType: html } : undefined));
  onTestFinished(() => site.close());
  return site.url;
}

/** The command of the guide that installs a package, which stands above the block that imports it. */
function installing(name: 'sdk' | 'verify', importing: string): string {
  const text = readFileSync(new URL(`../../docs/${guide}`, import.meta.url), 'utf8');
  const found = new RegExp(`^npm install .*/dist/${name}\\b.*$`, 'm').exec(text.slice(0, text.indexOf(importing)));
  if (found === null) throw new Error(`docs/${guide} does not install @gangway/${name} before it is imported.`);
  return found[0];
}

it('the page and the backend: the backend knows who pressed Send, and knows it again after a reload', async () => {
  const printed = await reader.run(blockOf(guide, 'sh', /backends create/));
  const credential = /^gwb_\S+/.exec(printed)?.[0] ?? '';
  expect(credential).not.toBe('');
  reader.save('index.html', blockOf(guide, 'html', /id="send"/));
  const server = blockOf(guide, 'js', /createVerifier/);
  await reader.install(installing('verify', server));
  reader.save('server.mjs', server);
  await reader.startServer({ CREDENTIAL: credential });

  const page = await newPage();
  const greeting = async () => {
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => page.locator('#answer').textContent(), { timeout: 10_000 }).toMatch(/^Welcome, .+\.$/);
    return page.locator('#answer').textContent();
  };
  await page.goto(reader.siteUrl);
  const first = await greeting();
  expect(first?.slice('Welcome, '.length, -1)).toMatch(identityPattern);
  await page.reload();
  expect(await greeting()).toBe(first);

  const stranger = await fetch(`${reader.siteUrl}messages`, { method: 'POST', body: 'Is the red one there?' });
  expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^(?:Bearer|DPoP)\b/)]);
});

it('with a bundler: the module begins a session', async () => {
  const source = join(reader.folder, 'page.ts');
  const text = blockOf(guide, 'ts', /@gangway\/sdk/);
  await reader.install(installing('sdk', text));
  writeFileSync(source, reader.here(text));
  const build = await rolldown({ input: source, platform: 'browser', tsconfig: false });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  const page = await newPage();
  const files: Readonly<Record<string, { text: string; mediaType: string }>> = {
    '/': { text: '<!doctype html><title>…</title><script type="module" src="page.js"></script>', mediaType: html },
    '/page.js': { text: output[0].code, mediaType: 'text/javascript; charset=utf-8' },
  };
  const site = await serveText((path) => files[path]);
  onTestFinished(() => site.close());
  const thrown: string[] = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  await page.goto(site.url);
  await expect.poll(() => page.title()).toMatch(/^active [0-9a-f-]{36}$/);
  expect(thrown).toEqual([]);
});

describe('when a page is refused', () => {
  it('the command says why', async () => {
    const answer = JSON.parse(await reader.run(blockOf(guide, 'sh', /curl/))) as object;
    expect(answer).toMatchObject({ origin: 'http://127.0.0.1:8080', allowed: false, code: 'origin_not_allowed' });
  });

  it('the console says what to add, and the page shows the code', async () => {
    const url = await servePage(reader.here(blockOf(guide, 'html', /id="send"/)));
    const page = await newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    const origin = url.slice(0, -1).replace('localhost', '127.0.0.1');
    await page.goto(`${origin}/`);
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => page.locator('#answer').textContent()).toMatch(/^origin_not_allowed: /);
    expect(said.join('\n')).toContain(`refuses origin ${origin}. Add it to its allowedOrigins.`);
  });
});

describe('pinning', () => {
  const loads = async (tag: string) => {
    const page = await newPage();
    await page.goto(await servePage(`<!doctype html><title>x</title>${tag}`));
    return page.evaluate("typeof Gangway === 'object' && typeof Gangway.createWebchatSession === 'function'");
  };
  const other = `sha384-${'A'.repeat(64)}`;

  it('a browser takes the tag of /sdk, refuses the file under another hash, and takes it under an old and a new one', async () => {
    const { scriptTag } = (await (await fetch(`${reader.node.publicUrl}/sdk`)).json()) as { scriptTag: string };
    const [, integrity = ''] = /integrity="([^"]+)"/.exec(scriptTag) ?? [];
    expect(await loads(scriptTag)).toBe(true);
    expect(await loads(scriptTag.replace(integrity, other))).toBe(false);
    const written = blockOf(guide, 'html', /sha384-OLD/).replace('https://chat.example', reader.node.publicUrl ?? '');
    expect(await loads(written.replace('sha384-OLD', other).replace('sha384-NEW', integrity))).toBe(true);
  });
});
