// "Steal this token": what the page shows of a thief is what the server really answers, and what docs/theft.md has measured.

import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DemoPage, demoStage, eventually, proofRequiredKey } from './demo-page.ts';

const stage = demoStage();
let demo: DemoPage;
beforeEach(async () => {
  demo = await stage.open({ reducedMotion: 'reduce' });
  await eventually(() => demo.page.locator('#chat').getByRole('status').textContent()).toBe('Connected');
});
afterEach(() => demo.close());

const summary = 'Without a proof key the thief got in twice in 3 tries. With one, not once in 6.';

async function steal(): Promise<void> {
  await demo.page.click('#steal-now');
  await eventually(() => demo.text('#steal-status')).toBe(summary);
}

/** The table as it is read: each row's head and its two cells. */
function table(): Promise<string[][]> {
  return demo.page
    .locator('.thefts tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')));
}

it('a thief gets in with copied headers where there is no proof key, and nowhere where there is one', async () => {
  await steal();
  const none = 'No proof is asked for';
  expect(await table()).toEqual([
    ['The token, in another browser', 'Refused 403 invalid_fingerprint', 'Refused 401 invalid_dpop_proof'],
    ['The token and every header', 'Let in 200', 'Refused 401 invalid_dpop_proof'],
    ['All of it, and a proof by the thief’s own key', none, 'Refused 401 invalid_dpop_proof'],
    ['All of it, and the visitor’s last proof again', none, 'Refused 401 invalid_dpop_proof'],
    ['The token, at the chat', 'Let in 101', 'Refused 4401 invalid_dpop_proof'],
    ['The visitor’s first words to the chat, copied', none, 'Refused 4401 invalid_dpop_proof'],
  ]);
});

it('the requests are real, and the robbed sessions are ended afterwards', async () => {
  const asked: string[] = [];
  const sockets: string[] = [];
  demo.page.on('response', (response) => {
    const path = new URL(response.url()).pathname.replace('/v2/Webchat/', '');
    if (response.request().method() === 'POST') asked.push(`${path} ${response.status()}`);
  });
  demo.page.on('websocket', (socket) => sockets.push(socket.url()));
  await steal();
  await eventually(() => asked.filter((line) => line === 'Token/End 204')).toHaveLength(2);
  const count = (line: string) => asked.filter((one) => one === line).length;
  expect(count('Token 201')).toBe(2);
  // Of the thief without a key, and of the visitor who has one.
  expect(count('Token/Refresh 200')).toBe(2);
  expect(count('Token/Refresh 403')).toBe(1);
  expect(count('Token/Refresh 401')).toBeGreaterThanOrEqual(4);
  // Each visitor opens the chat once, and the thief once or twice after it.
  expect(sockets).toHaveLength(5);
});

it('the visitor’s own session stays as it is, and it can be done again', async () => {
  const before = [await demo.text('#identity'), await demo.text('#token'), await demo.text('#history')];
  await steal();
  await demo.page.click('#steal-now');
  await eventually(() => demo.page.locator('.outcome').count()).toBe(0);
  await eventually(() => demo.text('#steal-status')).toBe(summary);
  expect(await demo.page.locator('.outcome').count()).toBe(9);
  expect([await demo.text('#identity'), await demo.text('#token'), await demo.text('#history')]).toEqual(before);
  expect(await demo.text('#session-status')).toBe('Aboard');
});

it('each result is told as it comes, in words that stand alone', async () => {
  await demo.page.evaluate(() => {
    const status = document.querySelector('#steal-status');
    const told: string[] = [];
    Object.assign(window, { told });
    new MutationObserver(() => told.push(status?.textContent ?? '')).observe(status as Element, { childList: true });
  });
  expect(await demo.page.locator('#steal-status').getAttribute('aria-live')).toBe('polite');
  await steal();
  const told = await demo.page.evaluate(() => (window as unknown as { told: string[] }).told);
  expect(told).toContain('Without a proof key. The token and every header: let in, 200.');
  expect(told).toContain('With a proof key. The token, at the chat: refused, 4401 invalid_dpop_proof.');
  expect(told).toHaveLength(11);
});

it.each([
  ['all-headers-without', 'Starship answers Customer: 200'],
  ['copied-proof-with', 'Starship answers Customer: 401 invalid_dpop_proof'],
  ['chat-copied-with', 'Chat backend answers Customer: 4401 invalid_dpop_proof'],
])('the calls of %s are drawn by keyboard', async (id, last) => {
  await steal();
  await demo.page.locator(`#theft-${id} button`).focus();
  await demo.page.keyboard.press('Enter');
  await eventually(() => demo.page.locator('#steal-words li').last().textContent()).toContain(last);
  expect(await demo.page.locator('#steal-sequence svg').count()).toBe(1);
  expect(await demo.page.locator('.outcome[aria-pressed=true]').count()).toBe(1);
});

it('where a deployment requires proofs, there is nobody without one to steal from', async () => {
  await demo.page.goto(`${stage.node.url}/demo?deploymentKey=${proofRequiredKey}`);
  await eventually(() => demo.text('#session-status')).toBe('Aboard');
  await demo.page.click('#steal-now');
  const words = 'Without a proof key nobody comes aboard here. With one, not once in 6.';
  await eventually(() => demo.text('#steal-status')).toBe(words);
  const [without, withKey] = [1, 2].map(async (column) => new Set((await table()).map((row) => row[column]?.split(' ')[0])));
  expect([await without, await withKey]).toEqual([new Set(['A']), new Set(['Refused'])]);
});

it('says in words when it cannot be done', async () => {
  await demo.page.route('**/v2/Webchat/Token', (route) => route.fulfill({ status: 429, json: { code: 'rate_limited' } }));
  await demo.page.click('#steal-now');
  await eventually(() => demo.text('#steal-status')).toContain('Try again in a minute.');
  expect(await demo.page.locator('#steal-now').isEnabled()).toBe(true);
});

it('shows the figures that were measured', async () => {
  interface Replay {
    readonly thief: string;
    readonly level: string;
    readonly tried: number;
    readonly accepted: number;
  }
  const measured = JSON.parse(readFileSync(new URL('../theft/measured.json', import.meta.url), 'utf8')) as { replays: Replay[] };
  const accepted = ['token only, own signals', 'all headers', 'bound to a key'].map((thief) => {
    const found = measured.replays.find((replay) => replay.thief === thief && replay.level === 'medium');
    expect(found?.tried).toBe(1000);
    return found?.accepted.toLocaleString('en');
  });
  expect(await demo.page.locator('.figure strong').allTextContents()).toEqual(accepted);
});

it('the console says nothing but what the browser says of refused requests', async () => {
  await steal();
  const refused = /^Failed to load resource: the server responded with a status of 40[13]/;
  expect(demo.console.filter((line) => !refused.test(line))).toEqual([]);
  expect(demo.console.join()).not.toContain('eyJ');
});
