// Pages with the widget's calls in them, at an https server of their own: what a shop's site is to Gangway.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Page, Request } from 'playwright-core';
import type { Certificate } from '../tls/certificate.ts';
import type * as calls from './page/webchat-calls.ts';
import type { KeptSession, WebchatSettings } from './page/webchat-calls.ts';

declare global {
  interface Window {
    webchat: typeof calls;
  }
}

const source = readFileSync(new URL('page/webchat-calls.ts', import.meta.url), 'utf8');
const html =
  "<!doctype html><title>Owl Bikes</title><script type=module>window.webchat = await import('/webchat-calls.js')</script>";

/** Serves the page on every path, to whichever host name. */
export async function servePages({ cert, key }: Pick<Certificate, 'cert' | 'key'>) {
  const script = stripTypeScriptTypes(source);
  const server = createServer({ cert, key }, (request, response) => {
    const isScript = request.url === '/webchat-calls.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What the widget made of a call: a session, or a failure, of which it knows no more than that. */
export type Outcome = { readonly session: KeptSession } | { readonly failed: string };

/** A tab with the widget. */
export interface Widget {
  readonly page: Page;
  /** The calls that the browser sent, preflights aside. */
  readonly sent: readonly Request[];
  begin(form?: Readonly<Record<string, string>>, token?: string): Promise<Outcome>;
  refresh(): Promise<Outcome>;
  resume(): Promise<KeptSession | undefined>;
  leave(): Promise<void>;
  /** Reads what is kept in the page's storage, after changing some of it. */
  kept(change?: KeptSession): Promise<KeptSession>;
}

/** Leads a page to an address, and waits until the widget is there. */
export async function openWidget(page: Page, address: string, settings: WebchatSettings): Promise<Widget> {
  const sent: Request[] = [];
  page.on('request', (request) => request.url().startsWith(settings.edge) && sent.push(request));
  await page.goto(address);
  await page.waitForFunction(() => window.webchat !== undefined);
  return {
    page,
    sent,
    begin: (form = { friendlyName: 'A visitor', query: 'Do you repair bells?' }, token) =>
      page.evaluate(
        (given) =>
          window.webchat.begin(...given).then(
            (session) => ({ session }),
            (error) => ({ failed: String(error) }),
          ),
        [settings, form, token] as const,
      ),
    refresh: () =>
      page.evaluate(
        (given) =>
          window.webchat.refresh(given).then(
            (session) => ({ session }),
            (error) => ({ failed: String(error) }),
          ),
        settings,
      ),
    resume: () => page.evaluate(() => window.webchat.resume()),
    leave: () => page.evaluate(() => window.webchat.leave()),
    kept: (change = {}) =>
      page.evaluate((given) => {
        window.webchat.keep({ ...window.webchat.keptSession(), ...given });
        return window.webchat.keptSession() ?? {};
      }, change),
  };
}
