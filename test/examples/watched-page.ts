// A page that is looked at closely: what it asked of the node, and what its console said.

import type { BrowserContext, Page } from 'playwright-core';

/** What a page did. */
export interface WatchedPage {
  readonly page: Page;
  /** The paths of its requests to the node that were answered, in order; preflights are not among them. */
  readonly asked: string[];
  /** Warnings and errors of its console, and what it threw. */
  readonly complaints: string[];
  text(selector: string): Promise<string>;
}

/**
 * Opens a page.
 * @param nodeUrl the public address of the node
 */
export async function watchPage(context: BrowserContext, url: string, nodeUrl: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('response', (response) => {
    const { pathname, origin } = new URL(response.url());
    if (origin === nodeUrl && response.request().method() !== 'OPTIONS' && response.ok()) asked.push(pathname);
  });
  page.on('console', (message) => {
    // The first proof of a page lacks a nonce, which browsers report like every 401.
    if (['warning', 'error'].includes(message.type()) && !message.text().includes('status of 401'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  await page.goto(url);
  return { page, asked, complaints, text: async (selector) => (await page.locator(selector).textContent()) ?? '' };
}

/** What a visitor is called. */
export const identityPattern: RegExp = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
