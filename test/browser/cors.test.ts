// The origin rules in real browsers: what pages of allowed and of refused origins can do, and what they cannot.

import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { makeTemporaryFolder } from '../topology/temporary-folder.ts';
import { ask } from '../topology/visitor.ts';
import { browsers } from './browsers.ts';

const key = (digit: string) => `CV${digit.repeat(32)}`;
const [restricted, open, withNull] = [key('1'), key('2'), key('3')];
/** One for each browser: it lets one session a minute begin. */
const limited = { Chromium: key('4'), Firefox: key('5'), 'full Chromium': key('6') };
const hosts = ['a.b.shops.example', 'shops.example', 'evilshops.example', 'evil.example'];
const tokenPath = '/v2/Webchat/Token';

let browser: Browser;
let node: GangwayProcess;
/** The port of the page server, and another one of the same server. */
let port: number;
let otherPort: number;
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  [port, otherPort] = [await servePages(), await servePages()];
  const allowedOrigins = ['http://localhost:*', `http://127.0.0.1:${port}`, `http://*.shops.example:${port}`];
  const declaration: DeclaredConfiguration = {
    accounts: [
      {
        sid: `AC${'1'.repeat(32)}`,
        deployments: [
          { deploymentKeys: [restricted], allowedOrigins },
          { deploymentKeys: [open], webchatSecurityEnabled: false },
          { deploymentKeys: [withNull], allowedOrigins: ['null'], webchatSecurityEnabled: false },
          ...Object.values(limited).map((deploymentKey) => ({
            deploymentKeys: [deploymentKey],
            webchatSecurityEnabled: false,
            limits: { createPerMinutePerAddress: 1 },
          })),
        ],
      },
    ],
  };
  const dataFolder = makeTemporaryFolder();
  closers.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  node = await startGangway({ dataFolder, settings: { CONFIG: writeDeclaration(dataFolder, declaration) } });
  closers.push(async () => {
    node.signal('SIGTERM');
    await node.ended;
  });
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

/** Serves an empty page on a free port of this machine. */
async function servePages(): Promise<number> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>shop</title>'));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function pageOf(origin: string): Promise<Page> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(`${origin}/`);
  return page;
}

/** What a script of a page got: an answer that it may read, or the error that it saw. */
interface Seen {
  readonly error?: string;
  readonly status?: number;
  readonly requestId?: string | null;
  readonly retryAfter?: string | null;
  readonly allowOrigin?: string | null;
  readonly body?: Readonly<Record<string, unknown>>;
}

const signals = (prefix: string) => ({
  [`${prefix}usersettings`]: '{"language":"en-GB","cookieEnabled":true,"userTimezone":-60}',
  [`${prefix}webchatinfo`]: '{"loginTimestamp":"1767225600000"}',
  [`${prefix}decoders`]: '{"audio":{},"video":{}}',
});

/** Asks from a script of the page, as a widget does. */
function askFrom(
  page: Page,
  path: string,
  body?: object,
  headers: Record<string, string> = signals('x-webchat-sec-'),
): Promise<Seen> {
  return page.evaluate(
    async ({ url, sent, more }) => {
      try {
        const asking = sent && {
          method: 'POST',
          body: JSON.stringify(sent),
          headers: { 'content-type': 'application/json', ...more },
        };
        const answer = await fetch(url, asking);
        return {
          status: answer.status,
          requestId: answer.headers.get('x-request-id'),
          retryAfter: answer.headers.get('retry-after'),
          allowOrigin: answer.headers.get('access-control-allow-origin'),
          body: await answer.json(),
        };
      } catch (error) {
        return { error: String(error) };
      }
    },
    { url: `${node.publicUrl}${path}`, sent: body, more: headers },
  );
}

/** How often a refusal, or a token that was made, stands in the access log. */
function logged(what: { code?: string; status: number }): number {
  return node
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ route, status, code }) => route === tokenPath && status === what.status && code === what.code).length;
}

/** Waits until the log, which is written in batches, has everything up to now. */
async function logIsCurrent(): Promise<void> {
  const { headers } = await ask(node.publicUrl ?? '', '/a-mark-in-the-log');
  await expect.poll(() => node.stdout(), { timeout: 5000 }).toContain(headers['x-request-id']);
}

/** Lets the page ask, and expects that it was refused and no token was made. */
async function expectNoToken(code: string, send: () => Promise<unknown>): Promise<void> {
  await logIsCurrent();
  const [refusedBefore, madeBefore] = [logged({ status: 403, code }), logged({ status: 201 })];
  await send();
  await logIsCurrent();
  expect([logged({ status: 403, code }), logged({ status: 201 })]).toEqual([refusedBefore + 1, madeBefore]);
}

describe.each(browsers)('in $name', ({ name, launch, unreadable }) => {
  beforeAll(async () => {
    browser = await launch(hosts);
  });
  afterAll(() => browser?.close());

  describe('a page of an allowed origin', () => {
    it.each<[string, () => string]>([
      ['any port', () => `http://localhost:${otherPort}`],
      ['an exact origin', () => `http://127.0.0.1:${port}`],
      ['a subdomain', () => `http://a.b.shops.example:${port}`],
    ])('reads its token and its request id, and refreshes (%s)', async (_, origin) => {
      const page = await pageOf(origin());
      const created = await askFrom(page, tokenPath, { deploymentKey: restricted });
      expect(created).toMatchObject({ status: 201, requestId: expect.stringMatching(/^[0-9a-f]{32}$/) });
      const { token, identity } = created.body ?? {};
      const refreshed = await askFrom(page, `${tokenPath}/Refresh`, { deploymentKey: restricted, token });
      expect(refreshed).toMatchObject({ status: 200, body: { identity } });
    });

    it.each(['x-webchat-sec-', 'x-twilio-sec-'])(
      'may send the signal headers with the prefix %s, and no unknown header',
      async (prefix) => {
        const page = await pageOf(`http://localhost:${port}`);
        const headers = {
          ...signals(prefix),
          'ui-version': '1.0.0',
          'webchat-version': '3.0.0',
          dpop: 'x',
          'x-requested-with': 'x',
        };
        const { dpop: _, ...allowed } = headers;
        expect(await askFrom(page, tokenPath, { deploymentKey: restricted }, allowed)).toMatchObject({ status: 201 });
        expect(await askFrom(page, tokenPath, { deploymentKey: open }, { 'x-other': '1' })).toEqual({ error: unreadable });
      },
    );

    it('reads why it is refused', async () => {
      const page = await pageOf(`http://localhost:${port}`);
      expect(await askFrom(page, tokenPath, { deploymentKey: restricted }, {})).toMatchObject({
        status: 403,
        body: { code: 'fingerprint_generation_failed' },
      });
      expect(await askFrom(page, tokenPath, { deploymentKey: key('f') })).toMatchObject({ status: 404 });
      expect(await askFrom(page, tokenPath, {})).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(await askFrom(page, '/v2/Nowhere')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    });

    it('reads when to come back', async () => {
      const page = await pageOf(`http://localhost:${port}`);
      expect(await askFrom(page, tokenPath, { deploymentKey: limited[name] })).toMatchObject({ status: 201 });
      const { status, retryAfter } = await askFrom(page, tokenPath, { deploymentKey: limited[name] });
      expect([status, Number(retryAfter) > 0]).toEqual([429, true]);
    });
  });

  describe('a page of a refused origin', () => {
    it.each<[string, () => string]>([
      ['another host', () => `http://evil.example:${port}`],
      ['another port', () => `http://127.0.0.1:${otherPort}`],
      ['the apex of a wildcard', () => `http://shops.example:${port}`],
      ['a host that ends alike', () => `http://evilshops.example:${port}`],
    ])('reads nothing, and no token is made (%s)', async (_, origin) => {
      const page = await pageOf(origin());
      await expectNoToken('origin_not_allowed', async () => {
        expect(await askFrom(page, tokenPath, { deploymentKey: restricted })).toEqual({ error: unreadable });
      });
    });

    it('learns from the Origin route that it is refused, and nothing of the list', async () => {
      const origin = `http://evil.example:${port}`;
      const { body } = await askFrom(await pageOf(origin), `/v2/Webchat/Origin?deploymentKey=${restricted}`);
      expect(body).toEqual({ origin, allowed: false, code: 'origin_not_allowed', message: expect.any(String) });
      const allowed = `http://localhost:${port}`;
      const judged = await askFrom(await pageOf(allowed), `/v2/Webchat/Origin?deploymentKey=${restricted}`);
      expect(judged.body).toEqual({ origin: allowed, allowed: true });
      expect(JSON.stringify(body)).not.toContain('shops');
    });

    it.skipIf(name === 'Firefox')('no answer that the browser received names the list', async () => {
      for (const origin of [`http://evil.example:${port}`, `http://localhost:${port}`]) {
        const page = await pageOf(origin);
        const received: string[] = [];
        // What came over the network, which the page itself may not see.
        const network = await page.context().newCDPSession(page);
        network.on('Network.responseReceivedExtraInfo', ({ headersText, headers }) => {
          received.push(`${headersText} ${JSON.stringify(headers)}`.toLowerCase());
        });
        await network.send('Network.enable');
        await askFrom(page, tokenPath, { deploymentKey: restricted });
        await expect.poll(() => received.join()).toContain('x-request-id');
        expect(received.join()).not.toContain('shops');
      }
    });

    it('may use a deployment that restricts nobody', async () => {
      const page = await pageOf(`http://evil.example:${port}`);
      expect(await askFrom(page, tokenPath, { deploymentKey: open })).toMatchObject({ status: 201 });
    });
  });

  describe('a sandboxed frame, whose origin is null', () => {
    const askFromSandbox = async (deploymentKey: string): Promise<string> => {
      const page = await pageOf(`http://localhost:${port}`);
      return page.evaluate(
        ({ url, body }) =>
          new Promise<string>((resolve) => {
            window.addEventListener('message', ({ data }) => resolve(data));
            const frame = document.createElement('iframe');
            frame.setAttribute('sandbox', 'allow-scripts');
            const asking = `{ method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(body)} }`;
            const tell = "(answer) => parent.postMessage(String(answer.status ?? answer), '*')";
            frame.srcdoc = `<script>fetch('${url}', ${asking}).then(${tell}, ${tell})</script>`;
            document.body.append(frame);
          }),
        { url: `${node.publicUrl}${tokenPath}`, body: JSON.stringify({ deploymentKey }) },
      );
    };

    it('is refused, though the page around it is allowed', async () => {
      await expectNoToken('origin_not_allowed', async () => {
        expect(await askFromSandbox(restricted)).toBe(unreadable);
      });
    });

    it('is served where the operator lists null', async () => {
      expect(await askFromSandbox(withNull)).toBe('201');
    });
  });

  describe('a plain HTML form of another site', () => {
    /** Submits a form and gives what the browser then shows. */
    async function submit(enctype: string): Promise<string> {
      const page = await pageOf(`http://evil.example:${port}`);
      await page.evaluate(
        ({ action, type, value }) => {
          document.body.innerHTML = `<form method="post" action="${action}" enctype="${type}"><input name="deploymentKey" value="${value}"></form>`;
        },
        { action: `${node.publicUrl}${tokenPath}`, type: enctype, value: open },
      );
      await Promise.all([page.waitForURL(`**${tokenPath}`), page.evaluate(() => document.forms[0]?.submit())]);
      return (await page.textContent('body')) ?? '';
    }

    it('gets no token: preflight_required', async () => {
      await expectNoToken('preflight_required', async () => {
        expect(await submit('application/x-www-form-urlencoded')).toContain('"code":"preflight_required"');
      });
    });

    it.each(['text/plain', 'multipart/form-data'])('gets no token: %s is no media type of a body', async (enctype) => {
      expect(await submit(enctype)).toContain('"code":"unsupported_media_type"');
    });
  });
});
