// The migration guide: its backend takes old tokens and new ones side by side, and its page brings an old visitor over.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { operate } from '../cli/operator.ts';
import { blockOf, type Reader, startReader } from './guide.ts';

const guide = 'migrating.md';
const secret = 'a secret of the old endpoint, 32 bytes and more';

let browser: Browser;
let reader: Reader;
beforeAll(async () => {
  [browser, reader] = await Promise.all([launchBrowser(), startReader()]);
  const account = `AC${'0'.repeat(31)}1`;
  const made = await operate({ dataFolder: reader.node.dataFolder }, 'backends', 'create', 'a guide', '--account', account);
  // The guide's page comes from the site itself, which the guide leaves to the reader.
  const page = reader.here(blockOf(guide, 'html', /chat-token/));
  const serve = `if (request.url === '/') { response.setHeader('content-type', 'text/html').end(${JSON.stringify(page)}); return; }\n`;
  const server = blockOf(guide, 'js', /createVerifier/);
  // Of the packages that it imports, one is the quick start's and the other is in its readers' hands.
  await reader.install('npm install ../gangway/dist/verify');
  symlinkSync(fileURLToPath(new URL('../../node_modules/jose', import.meta.url)), join(reader.folder, 'node_modules/jose'));
  reader.save(
    'server.mjs',
    server.replace(/createServer\(async \(request, response\) => \{\n/, (head) => head + serve),
  );
  await reader.startServer({ CREDENTIAL: made.split('\n', 1)[0] ?? '', JWT_SECRET: secret });
});
afterAll(async () => {
  await browser?.close();
  await reader?.close();
});

const oldToken = (visitor: string, key = secret, life = '10m') =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(visitor)
    .setExpirationTime(life)
    .sign(new TextEncoder().encode(key));

const writeWith = async (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${reader.siteUrl}messages`, { method: 'POST', body: 'Hello', headers });
  return [answer.status, await answer.text()];
};

async function openPage(stored?: string): Promise<string> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  if (stored !== undefined) await context.addInitScript(`localStorage['chat-token'] ??= ${JSON.stringify(stored)}`);
  await page.goto(reader.siteUrl);
  await expect.poll(() => page.locator('#answer').textContent(), { timeout: 10_000 }).toMatch(/ wrote Hello$/);
  if (stored !== undefined) {
    // Handed over once, and gone. (The script above would put it back at a reload.)
    expect(await page.evaluate("localStorage.getItem('chat-token')")).toBe(null);
  }
  return ((await page.locator('#answer').textContent()) ?? '').replace(' wrote Hello', '');
}

it('old tokens go on counting; forged and expired ones do not', async () => {
  expect(await writeWith(await oldToken('visitor 1'))).toEqual([200, 'visitor 1 wrote Hello']);
  expect((await writeWith(await oldToken('visitor 1', 'another secret of at least 32 bytes')))[0]).toBe(401);
  expect((await writeWith(await oldToken('visitor 1', secret, '-1m')))[0]).toBe(401);
  expect((await writeWith('x.y.z'))[0]).toBe(401);
  expect((await writeWith('x'))[0]).toBe(401);
});

it('a new visitor is known by the identity of Gangway', async () => {
  expect(await openPage()).toMatch(/^[0-9a-f-]{36}$/);
});

it('an old visitor is brought over: both tokens mean one visitor from then on', async () => {
  const identity = await openPage(await oldToken('visitor 2'));
  expect(identity).toMatch(/^[0-9a-f-]{36}$/);
  expect(await writeWith(await oldToken('visitor 2'))).toEqual([200, `${identity} wrote Hello`]);
});

it('an old visitor is brought over once: whoever comes later with the same token stays somebody else', async () => {
  const token = await oldToken('visitor 3');
  const [first, second] = [await openPage(token), await openPage(token)];
  expect(second).not.toBe(first);
  expect(await writeWith(token)).toEqual([200, `${first} wrote Hello`]);
});
