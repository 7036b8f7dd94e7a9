// Many tabs, one session. All of them refresh at once, again and again, and none of them loses the session: each reads the
// stored token again when its turn has come. The node's clock goes fast where a token that was superseded must not be
// shown, so that the ten seconds in which the server forgives pass between two requests.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browsers } from './browsers.ts';
import { type Edge, startEdge } from './sdk/edge.ts';
import { startSite } from './sdk/site.ts';
import { hold, makeSession, stands } from './sdk/visit.ts';

const lives = { tokenTtlSeconds: 86_400, sessionIdleSeconds: 86_400 * 7, sessionMaxSeconds: 86_400 * 30 };
const kinds = [
  { name: 'without a proof key', path: '/', policy: 'off', secondsPerSecond: 2000, locks: true },
  { name: 'with a proof key', path: '/', policy: 'required', secondsPerSecond: 1, locks: true },
  { name: 'without Web Locks', path: '/without-locks', policy: 'off', secondsPerSecond: 1, locks: false },
] as const;

/** Starts a node for one test: its clock goes at this pace until the test is over. */
async function startFor(policy: 'off' | 'required', secondsPerSecond: number): Promise<Edge<'shop'>> {
  const edge = await startEdge({ shop: { ...lives, proofOfPossession: policy } });
  let last = performance.now();
  const pace = setInterval(() => {
    const now = performance.now();
    edge.clock.advance((now - last) * secondsPerSecond);
    last = now;
  }, 5);
  onTestFinished(() => {
    clearInterval(pace);
    return edge.close();
  });
  return edge;
}

describe.each(browsers)('in $name', ({ name, launch }) => {
  // Firefox takes a second for each window, and its time for each refresh.
  const [few, many, often] = name === 'Firefox' ? [2, 5, 200] : [2, 50, 1000];
  let browser: Browser;
  let context: BrowserContext;
  const tabs: Page[] = [];
  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext();
    await context.addInitScript(() => {
      const now = Date.now.bind(Date);
      addEventListener('asleep', () => {
        Date.now = () => now() + 3_600_000;
      });
      if (location.pathname === '/without-locks') Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
    });
    tabs.push(...(await Promise.all(Array.from({ length: many }, () => context.newPage()))));
  }, 60_000);
  afterAll(() => browser?.close());

  describe.each(kinds)('$name', ({ path, policy, secondsPerSecond, locks }) => {
    it.each([
      [few, locks ? often : 10],
      [many, locks ? often : many],
    ])(
      '%i tabs that refresh %i times keep one session',
      async (count, times) => {
        const edge = await startFor(policy, secondsPerSecond);
        // A site of its own: nothing of another session lies in its storage.
        const site = await startSite();
        onTestFinished(() => site.close());
        const shown = tabs.slice(0, count);
        const asked = { url: edge.url, deploymentKey: edge.keys.shop };
        await Promise.all(shown.map((tab) => tab.goto(`${site.origin}${path}`)));
        await Promise.all(shown.map((tab) => makeSession(tab, asked)));

        const first = await Promise.all(shown.map(hold));
        expect(new Set(first.map(({ identity }) => identity)).size).toBe(1);
        expect(await edge.granted('create')).toBe(1);

        const failures = await Promise.all(
          shown.map((tab) =>
            tab.evaluate(async (rounds) => {
              const failed: string[] = [];
              for (let time = 0; time < rounds; time += 1) {
                await window.session.refresh().catch((error) => failed.push(String(error)));
              }
              return failed;
            }, times / count),
          ),
        );
        expect(new Set(failures.flat())).toEqual(new Set());

        const last = await Promise.all(shown.map(hold));
        expect(new Set(last.map(({ identity }) => identity))).toEqual(new Set([first[0]?.identity]));
        expect(new Set(last.map(({ token }) => token)).size).toBe(1);
        expect(await edge.granted('create')).toBe(1);
        // Tabs that ask at once share one refresh. A tab that lags behind makes more of them necessary, but not many.
        const refreshes = await edge.granted('refresh');
        expect(refreshes).toBeGreaterThanOrEqual(times / count);
        expect(refreshes).toBeLessThanOrEqual(locks ? (4 * times) / count : times);
      },
      60_000,
    );
  });

  it('many tabs of a laptop that wakes up with a token that is due refresh it once', async () => {
    const edge = await startEdge({ shop: { proofOfPossession: 'required' } });
    onTestFinished(() => edge.close());
    const site = await startSite();
    onTestFinished(() => site.close());
    const asked = { url: edge.url, deploymentKey: edge.keys.shop };
    await Promise.all(tabs.map((tab) => tab.goto(site.origin)));
    await Promise.all(tabs.map((tab) => makeSession(tab, asked)));
    const [before] = await Promise.all(tabs.map(hold));

    edge.clock.advance(3_600_000);
    const wake = () => {
      window.dispatchEvent(new Event('asleep'));
      window.dispatchEvent(new Event('focus'));
    };
    await Promise.all(tabs.map((tab) => tab.evaluate(wake)));
    await Promise.all(tabs.map((tab) => stands(tab, 'active')));
    const after = await Promise.all(tabs.map(hold));
    expect(new Set(after.map(({ identity }) => identity))).toEqual(new Set([before?.identity]));
    expect([new Set(after.map(({ token }) => token)).size, after[0]?.token === before?.token]).toEqual([1, false]);
    expect(await edge.granted('refresh')).toBe(1);
  }, 60_000);
});
