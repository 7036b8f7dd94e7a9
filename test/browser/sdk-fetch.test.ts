// A page that talks to the backend of its chat by `session.fetch`. The backend is of another origin than the page and than
// Gangway, and has Gangway judge every request: it hears who the visitor is, and nobody else hears the token.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { validate } from '../topology/visitor-session.ts';
import { browsers } from './browsers.ts';
import { type Edge, startEdge } from './sdk/edge.ts';
import { type Site, startSite } from './sdk/site.ts';
import { outcome } from './sdk/visit.ts';

const policies = ['required', 'off'] as const;

/** A backend that answers with the identity of whoever asks, and keeps the `Authorization` headers that it got. */
interface Backend {
  readonly origin: string;
  readonly authorizations: string[];
  close(): void;
}

let site: Site;
let edge: Edge<(typeof policies)[number]>;
let backend: Backend;
let stranger: Backend;
beforeAll(async () => {
  site = await startSite();
  edge = await startEdge({ required: { proofOfPossession: 'required' }, off: { proofOfPossession: 'off' } });
  [backend, stranger] = [await startBackend(), await startBackend()];
});
afterAll(async () => {
  site?.close();
  backend?.close();
  stranger?.close();
  await edge?.close();
});

/** Has Gangway judge a request, as a backend in any language would. */
async function judge(request: IncomingMessage, origin: string): Promise<Readonly<Record<string, unknown>>> {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const htu = [new URL(request.url ?? '/', origin).href.replace(/\?.*/, '')];
  const proof = scheme === 'DPoP' ? { proof: request.headers.dpop, htm: request.method, htu } : {};
  return validate(edge.service, { accountSid: edge.accountSid, token, ...proof });
}

async function startBackend(): Promise<Backend> {
  const authorizations: string[] = [];
  let origin = '';
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', site.origin);
    response.setHeader('access-control-allow-headers', 'authorization, dpop, content-type');
    response.setHeader('access-control-expose-headers', 'dpop-nonce, www-authenticate');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    authorizations.push(request.headers.authorization ?? 'none');
    if (request.url === '/moved') return void response.writeHead(307, { location: `${stranger.origin}/` }).end();
    const said = (await Array.fromAsync(request)).join('');
    const verdict = await judge(request, origin);
    if (typeof verdict.dpopNonce === 'string') response.setHeader('dpop-nonce', verdict.dpopNonce);
    const challenge = verdict.message === 'proof_nonce_required' ? 'DPoP error="use_dpop_nonce"' : 'Bearer error="invalid_token"';
    if (verdict.authorized !== true) response.writeHead(401, { 'www-authenticate': challenge });
    response.end(
      JSON.stringify({ identity: verdict.identity, proofChecked: verdict.proofChecked, message: verdict.message, said }),
    );
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    authorizations,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.each(browsers)('in $name', ({ launch }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  describe.each(policies)('proofs: %s', (policy) => {
    /** A page that trusts the backend with its token. */
    async function open(): Promise<Page> {
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(site.origin);
      await page.evaluate(
        (options) => {
          window.session = window.Gangway.createWebchatSession(options);
        },
        { url: edge.url, deploymentKey: edge.keys[policy], tokenOrigins: [backend.origin] },
      );
      return page;
    }

    /** What the page gets: the status and the answer, or the code of the error. */
    const send = (page: Page, url: string, body?: string) =>
      page.evaluate(
        async ({ address, content }) => {
          try {
            const response = await window.session.fetch(address, content === undefined ? {} : { method: 'POST', body: content });
            return { status: response.status, answer: await response.json() };
          } catch (error) {
            return { failed: error instanceof window.Gangway.GangwayError ? error.code : String(error) };
          }
        },
        { address: url, content: body },
      );

    it('the backend hears who sent a request, with its body, again and again', async () => {
      const page = await open();
      for (const said of ['hello', 'is anybody there?']) {
        const { status, answer } = await send(page, `${backend.origin}/say?room=1`, said);
        const identity = await page.evaluate(() => window.session.identity);
        expect({ status, answer }).toMatchObject({
          status: 200,
          answer: { identity, said, proofChecked: policy === 'required' },
        });
      }
    });

    it('any body arrives whole, also where the request has to be repeated for a nonce; what the caller aborts is aborted', async () => {
      const page = await open();
      const heard = await page.evaluate(async (address) => {
        const form = new FormData();
        form.set('say', 'of a form');
        const bodies = [form, new Blob(['of a blob']), new URLSearchParams({ say: 'of a query' }), new Uint8Array([111, 102])];
        const inits: RequestInit[] = bodies.map((body) => ({ method: 'POST', body }));
        inits.push({ method: 'POST', body: 'of a page that goes', keepalive: true, referrerPolicy: 'no-referrer' });
        const said: string[] = [];
        for (const init of inits) said.push((await (await window.session.fetch(address, init)).json()).said);
        const giveUp = new AbortController();
        const failed = window.session.fetch(address, { signal: giveUp.signal }).catch((error) => error.name);
        giveUp.abort();
        return { said, failed: await failed };
      }, backend.origin);
      expect(heard.said[0]).toContain('of a form');
      expect(heard.said.slice(1)).toEqual(['of a blob', 'say=of+a+query', 'of', 'of a page that goes']);
      expect(heard.failed).toBe('AbortError');
    });

    it('a token that the backend finds expired is refreshed, and the request sent again', async () => {
      const page = await open();
      expect((await send(page, backend.origin)).status).toBe(200);
      const refreshed = await edge.granted('refresh');
      // The backend's clock is ahead of what the page knows.
      edge.clock.advance(40 * 60_000);
      await page.evaluate(() => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + 15_000;
      });
      expect((await send(page, backend.origin)).status).toBe(200);
      expect(await edge.granted('refresh')).toBe(refreshed + 1);
    });

    it('the token goes to no other origin: not when it is asked for, and not by a redirect', async () => {
      const page = await open();
      expect(await send(page, stranger.origin)).toEqual({ failed: 'token_origin_not_allowed' });
      expect((await send(page, `${backend.origin}/moved`)).failed).toMatch(/^TypeError/);
      expect(stranger.authorizations).toEqual([]);
      expect(await outcome(page, 'refresh')).toBe('done');
    });
  });
});
