// What the tests do in a page of the site, in as few words as they can.

import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Site } from './site.ts';

/** Whom a page asks, and for which deployment. */
export interface Asked {
  readonly url: string;
  readonly deploymentKey: string;
}

/** What a page has of its session. */
export interface Held {
  readonly token: string;
  readonly identity: string | undefined;
}

/** Opens a page of the site and makes its session. Nothing is asked for yet. */
export async function visit(context: BrowserContext, site: Site, asked: Asked, path = '/'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.origin}${path}`);
  await makeSession(page, asked);
  return page;
}

/** Makes the session of a page, as its first script would. */
export function makeSession(page: Page, asked: Asked): Promise<void> {
  return page.evaluate((options) => {
    window.session = window.Gangway.createWebchatSession(options);
  }, asked);
}

/** The token that the page gets when it asks for one. */
export function hold(page: Page): Promise<Held> {
  return page.evaluate(async () => {
    const token = await window.session.getToken();
    return { token, identity: window.session.identity };
  });
}

/** What came of a call: `done`, or the code of the error that it threw; what is no error of the client is named whole. */
export function outcome(page: Page, call: 'getToken' | 'refresh' | 'startAnew' | 'end'): Promise<string> {
  return page.evaluate(async (name) => {
    try {
      await window.session[name]();
      return 'done';
    } catch (error) {
      return error instanceof window.Gangway.GangwayError ? error.code : String(error);
    }
  }, call);
}

/** Waits until the session of the page stands there. */
export function stands(page: Page, status: string): Promise<void> {
  return expect.poll(() => page.evaluate(() => window.session.state.status), { timeout: 5000 }).toBe(status);
}

/** All that the page's origin keeps, by the place where it lies. */
export function kept(page: Page): Promise<{ readonly items: Record<string, string>; readonly databases: string[] }> {
  return page.evaluate(async () => ({
    items: { ...localStorage },
    databases: (await indexedDB.databases()).map(({ name }) => name ?? ''),
  }));
}
