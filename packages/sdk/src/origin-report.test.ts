// A refused origin is said once, in words that lead to its remedy, also where the browser hides it.

import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { fakeBrowser } from './testing/fake-browser.ts';
import { refusalAnswer, scriptedFetch, tokenAnswer } from './testing/scripted-fetch.ts';

let report: MockInstance<typeof console.error>;
beforeEach(() => {
  report = vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const refused = (origin: string) => ({ origin, allowed: false, code: 'origin_not_allowed', message: 'Add it.' }) as const;
const begin = () => {
  const server = scriptedFetch();
  const browser = fakeBrowser(server.fetch);
  return { server, browser, clock: browser.clock, session: browser.open().session };
};

it('names the origin, the deployment and the remedy, where the browser hid the answer', async () => {
  const { server, session } = begin();
  server.answer(new TypeError('Failed to fetch'));
  server.verdict = refused('https://shop.example');
  await expect(session.getToken()).rejects.toMatchObject({ code: 'origin_not_allowed', status: 403, message: 'Add it.' });
  expect(session.state).toMatchObject({ status: 'refused', nextRequestAt: undefined });
  expect(report).toHaveBeenCalledTimes(1);
  for (const words of ['https://shop.example', 'CV1', 'allowedOrigins']) expect(String(report.mock.calls[0])).toContain(words);
});

it('says it once, not at each try, and takes it back when the operator has added the origin', async () => {
  const { server, session, clock } = begin();
  server.answer(new TypeError('Failed to fetch'));
  server.verdict = refused('https://shop.example');
  for (let tries = 0; tries < 3; tries += 1) {
    await expect(session.refresh()).rejects.toMatchObject({ code: 'origin_not_allowed' });
    await clock.advance(1000);
  }
  expect(report).toHaveBeenCalledTimes(1);
  server.answer(tokenAnswer('one'));
  await session.refresh();
  expect(await session.getToken()).toBe('one');
});

it('tells a page without an origin why it has none', async () => {
  const { server, session } = begin();
  server.answer(refusalAnswer('origin_not_allowed', 403));
  server.verdict = refused('null');
  await expect(session.getToken()).rejects.toMatchObject({ code: 'origin_not_allowed' });
  expect(String(report.mock.calls[0])).toMatch(/origin null.*[Ss]andbox.*allow-same-origin/);
});

it('calls a network that is away by its name', async () => {
  const { server, session } = begin();
  server.answer(new TypeError('Failed to fetch'));
  await expect(session.getToken()).rejects.toMatchObject({ code: 'network_error' });
  expect(server.explained).toBe(1);
  const allowed = begin();
  allowed.server.answer(new TypeError('Failed to fetch'));
  allowed.server.verdict = { origin: 'https://shop.example', allowed: true };
  await expect(allowed.session.getToken()).rejects.toMatchObject({ code: 'network_error' });
  expect(report).not.toHaveBeenCalled();
});

it('asks once about a network that is away, not after each try; and again when the page is loaded', async () => {
  const { server, session, clock, browser } = begin();
  server.answer(new TypeError('Failed to fetch'));
  await expect(session.getToken()).rejects.toMatchObject({ code: 'network_error' });
  await clock.advance(30 * 60_000);
  expect(server.seen.length).toBeGreaterThan(20);
  expect(server.explained).toBe(1);
  server.verdict = refused('https://shop.example');
  await expect(browser.open().session.refresh()).rejects.toMatchObject({ code: 'origin_not_allowed' });
  expect(server.explained).toBe(2);
});

it('knows that a sandboxed page has no origin, though its address has one', async () => {
  vi.stubGlobal('location', { origin: 'https://chat.example' });
  vi.stubGlobal('origin', 'null');
  const { server, session } = begin();
  server.answer(new TypeError('Failed to fetch'));
  server.verdict = refused('null');
  await expect(session.getToken()).rejects.toMatchObject({ code: 'origin_not_allowed' });
});

it('does not ask about an answer that came too late', async () => {
  const { server, session, clock } = begin();
  server.answer('never');
  const late = session.getToken();
  late.catch(() => {});
  await clock.advance(5000);
  await expect(late).rejects.toMatchObject({ code: 'network_error' });
  expect(server.explained).toBe(0);
});
