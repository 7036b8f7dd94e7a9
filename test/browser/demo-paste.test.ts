// What the demo page says to paste works as it stands there: a page of another origin with the tag, and a backend with the
// lines.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@gangway/verify';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { accountSid, demoStage, eventually } from './demo-page.ts';

const stage = demoStage();

async function snippets(): Promise<{ readonly tag: string; readonly backend: string }> {
  const demo = await stage.open();
  await eventually(() => demo.page.locator('.snippet').count()).toBe(2);
  const [tag, backend] = await Promise.all([demo.text('#snippet-page'), demo.text('#snippet-backend')]);
  await demo.close();
  return { tag, backend };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A site of its own, on a port of this machine: a page with a snippet at `/`, and what answers at `/chat`. */
async function startSite(snippet: string, chat: Handler = (_request, response) => response.end()): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/chat') return void chat(request, response);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>A site</title><link rel="icon" href="data:,">${snippet}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

async function visit(site: string, prepare: (context: BrowserContext) => Promise<unknown> = async () => {}) {
  const context = await stage.browser.newContext();
  onTestFinished(() => context.close());
  await prepare(context);
  const page: Page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(`thrown: ${error.message}`));
  await page.goto(site);
  return { page, said };
}

/** Makes a handler of the backend's snippet, which keeps its verifier as long as a process; here, as long as the test. */
function handlerOf(snippet: string, credential: string, site: () => string): (request: Request) => Promise<Response> {
  const create: typeof createVerifier = (options) => {
    const verifier = createVerifier(options);
    onTestFinished(verifier.close);
    return verifier;
  };
  return (request) => {
    const body = snippet
      .replace("import { createVerifier } from '@gangway/verify';", '')
      .replace('http://localhost:4002', stage.node.serviceUrl)
      .replace('https://chat.example', site());
    const run = new Function('createVerifier', 'process', 'request', `return (async () => {${body}\nreturn visitor;\n})()`);
    const answer = run(create, { env: { CREDENTIAL: credential } }, request) as Promise<Response | { identity: string }>;
    return answer.then((given) => (given instanceof Response ? given : new Response(given.identity)));
  };
}

it('a page with the tag gets a token, and a backend with the lines knows its visitor', async () => {
  const { tag, backend } = await snippets();
  expect(tag).toContain(`src="${stage.node.url}/sdk/gangway.js"`);
  expect(tag).toMatch(/integrity="sha384-[\w+/]{64}"/);
  const { credential } = await stage.node.operate('/v1/Backends', { name: 'a site', accounts: [accountSid] });
  const answered: string[] = [];
  let site = '';
  const handle = handlerOf(backend, String(credential), () => site);
  site = await startSite(tag, async ({ method, headers: { authorization = '', dpop = '' } }, response) => {
    const answer = await handle(
      new Request(`${site}/chat`, { method: String(method), headers: { authorization, dpop: String(dpop) } }),
    );
    const text = await answer.text();
    answered.push(`${answer.status} ${text}`);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  });

  const { page, said } = await visit(site);
  await eventually(() => answered.at(-1)).toMatch(/^200 [0-9a-f-]{36}$/);
  const stored = await page.evaluate(() => JSON.stringify(Object.values(localStorage)));
  expect(stored).toContain(answered.at(-1)?.slice(4));
  // The first proof for this backend lacks its nonce; the page asks again by itself.
  expect(answered).toEqual([expect.stringMatching(/^401 /), expect.stringMatching(/^200 /)]);
  expect(said.filter((line) => !/^Failed to load resource: .* status of 401/.test(line))).toEqual([]);
});

it('a file that was altered on its way does not run', async () => {
  const { tag } = await snippets();
  const altered = {
    contentType: 'text/javascript',
    headers: { 'access-control-allow-origin': '*' },
    body: 'document.title = "Altered"',
  };
  const { page, said } = await visit(await startSite(tag), (context) =>
    context.route('**/sdk/gangway.js', (route) => route.fulfill(altered)),
  );
  await eventually(() => said.join()).toContain("'integrity' attribute");
  expect(await page.title()).toBe('A site');
});
