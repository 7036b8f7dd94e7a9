// Twilio's Webchat 3 widget against a real node with TLS, from a page on another host, in a real browser with its real
// preflights: its two token calls work unchanged but for the host.

import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { launchBrowser } from '../browser/launch.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../conversations/webhook-receiver.ts';
import { createAuthority, createServerCertificate } from '../tls/certificate.ts';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { makeTemporaryFolder } from '../topology/temporary-folder.ts';
import { ask } from '../topology/visitor.ts';
import type { KeptSession, WebchatSettings } from './page/webchat-calls.ts';
import { type Outcome, openWidget, servePages, type Widget } from './widget-page.ts';

const edge = 'https://flex-api.gangway.example';
const [shop, thief, stranger] = ['https://www.owlbikes.example', 'https://evil.example', 'https://stranger.example'];
const allowedOrigins = [shop];
const { declaration, accountSid, keys, deploymentSids } = declare({
  widget: { allowedOrigins },
  elsewhere: { allowedOrigins },
  lenient: { allowedOrigins, fingerprintSensitivity: 'off' },
  proofs: { allowedOrigins, proofOfPossession: 'required' },
});
const person = { friendlyName: 'Canary Wren', email: 'wren@canary.example', query: 'Ärger & Söhne = "canary" 47?' };
const initPath = '/v2/Webchat/Init';
const refreshPath = '/v2/Webchat/Tokens/Refresh';

let node: GangwayProcess;
let browser: Browser;
let receiver: WebhookReceiver;
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  const folder = makeTemporaryFolder();
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const authority = createAuthority('Tests of Gangway');
  const hosts = [edge, shop, thief].map((url) => new URL(url).hostname);
  const certificate = createServerCertificate([...hosts, 'localhost'], authority);
  setDefaultCACertificates([...getCACertificates('default'), authority.cert]);
  for (const part of ['cert', 'key'] as const) writeFileSync(join(folder, part), certificate[part], { mode: 0o600 });
  receiver = await startWebhookReceiver();
  closers.push(() => receiver.close());
  node = await startGangway({
    dataFolder: join(folder, 'data'),
    settings: {
      CONFIG: writeDeclaration(folder, declaration),
      TLS_CERT: join(folder, 'cert'),
      TLS_KEY: join(folder, 'key'),
      PUBLIC_URLS: edge,
      CONVERSATION_WEBHOOK_URL: receiver.url,
      CONVERSATION_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    },
  });
  closers.push(() => {
    node.signal('SIGTERM');
    return node.ended;
  });
  const pages = await servePages(certificate);
  const unknown = await servePages(createServerCertificate(['stranger.example'], authority));
  closers.push(pages.close, unknown.close);

  // Names without ports, as in the world: the browser is told where they lead, and which one key it may believe.
  const leads = (url: string, port: number | string) => `MAP ${new URL(url).hostname} 127.0.0.1:${port}`;
  const rules = [
    leads(edge, new URL(node.publicUrl ?? '').port),
    leads(shop, pages.port),
    leads(thief, pages.port),
    leads(stranger, unknown.port),
  ];
  browser = await launchBrowser([
    `--host-resolver-rules=${rules.join()}`,
    `--ignore-certificate-errors-spki-list=${certificate.publicKeyHash}`,
  ]);
  closers.push(() => browser.close());
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

interface Opening extends Partial<WebchatSettings> {
  readonly origin?: string;
  readonly context?: BrowserContext;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Opens the widget in a browser that knows nothing of the others, or in another tab of one. */
async function open({ origin = shop, context, prepare, ...settings }: Opening = {}): Promise<Widget> {
  const own = context ?? (await browser.newContext());
  if (context === undefined) onTestFinished(() => own.close());
  const page = await own.newPage();
  await prepare?.(page);
  return openWidget(page, `${origin}/`, { edge, deploymentKey: keys.widget, ...settings });
}

const failure = { failed: 'Error: the widget takes this for a failure' };
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function sessionOf(outcome: Outcome): KeptSession {
  if ('failed' in outcome) throw new Error(`the widget failed: ${outcome.failed}`);
  return outcome.session;
}

/** The requests of the access log whose route is one of the widget's, as far as they have been written. */
function answered(): { method: string; route: string; status: number; code?: string }[] {
  const lines = node.stdout().split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{') && line.includes('/v2/Webchat/')).map((line) => JSON.parse(line));
}

/** Waits until the log, which is written in batches, has everything up to now. */
async function logIsCurrent(): Promise<void> {
  const { headers } = await ask(node.publicUrl ?? '', '/a-mark-in-the-log');
  await expect.poll(() => node.stdout(), { timeout: 5000 }).toContain(headers['x-request-id']);
}

/** Expects that what is tried is refused by this code, once, and that no token is made. */
async function expectRefused(code: string, attempt: () => Promise<unknown>): Promise<void> {
  const counts = async () => {
    await logIsCurrent();
    const posts = answered().filter(({ method }) => method === 'POST');
    return {
      refused: posts.filter((line) => line.code === code).length,
      made: posts.filter(({ status }) => status < 300).length,
    };
  };
  const { refused, made } = await counts();
  await attempt();
  expect(await counts()).toEqual({ refused: refused + 1, made });
}

const headersOf = async (widget: Widget, index: number) => (await widget.sent[index]?.allHeaders()) ?? {};
const signalsIn = (headers: Record<string, string>) =>
  ['usersettings', 'webchatinfo', 'decoders'].map((name) => JSON.parse(headers[`x-twilio-sec-${name}`] ?? 'null'));

it('the browser of these tests believes no certificate but ours', async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await expect(page.goto(stranger)).rejects.toThrow('net::ERR_CERT_AUTHORITY_INVALID');
});

describe('a chat', () => {
  it('begins: Init gives a token, an identity, an expiration that the widget can read, and a conversation', async () => {
    const widget = await open();
    const session = sessionOf(await widget.begin());
    expect(session).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/),
      identity: expect.stringMatching(uuid4),
      expiration: expect.any(String),
      conversationSid: expect.stringMatching(/^CH[0-9a-f]{32}$/),
      loginTimestamp: expect.stringMatching(/^\d{13}$/),
    });
    const livesMs = new Date(session.expiration ?? '').getTime() - Date.now();
    expect(livesMs).toBeGreaterThan(29 * 60_000);
    expect(livesMs).toBeLessThanOrEqual(30 * 60_000);
    expect(await widget.resume()).toEqual(session);
  });

  it('was sent as a form, with the headers of the widget, across origins, after a preflight', async () => {
    const preflights = async () => {
      await logIsCurrent();
      return answered().filter(({ method, route }) => method === 'OPTIONS' && route === initPath).length;
    };
    const before = await preflights();
    const widget = await open();
    sessionOf(await widget.begin());
    const headers = await headersOf(widget, 0);
    expect(headers).toMatchObject({
      origin: shop,
      'content-type': 'application/x-www-form-urlencoded',
      'ui-version': expect.any(String),
      'webchat-version': expect.any(String),
      'sec-fetch-site': 'cross-site',
    });
    expect(signalsIn(headers)).toEqual([
      { language: expect.any(String), cookieEnabled: true, userTimezone: expect.any(Number) },
      { loginTimestamp: (await widget.kept()).loginTimestamp },
      { audio: expect.any(Object), video: expect.any(Object) },
    ]);
    expect([...new URLSearchParams(widget.sent[0]?.postData() ?? '').keys()]).toEqual([
      'DeploymentKey',
      'CustomerFriendlyName',
      'PreEngagementData',
    ]);
    expect(await preflights()).toBe(before + 1);
  });

  it('goes on: every Refresh keeps identity and conversation, and gives another token', async () => {
    const widget = await open();
    const first = sessionOf(await widget.begin());
    let last = first;
    for (let round = 0; round < 3; round += 1) {
      const next = sessionOf(await widget.refresh());
      expect(next).toMatchObject({ identity: first.identity, conversationSid: first.conversationSid });
      expect(next.token).not.toBe(last.token);
      last = next;
    }
  });

  it('survives a reload', async () => {
    const widget = await open();
    const begun = sessionOf(await widget.begin());
    await widget.page.reload();
    await widget.page.waitForFunction(() => window.webchat !== undefined);
    expect(await widget.resume()).toEqual(begun);
    expect(sessionOf(await widget.refresh()).identity).toBe(begun.identity);
  });

  it('is one in two tabs, also where both refresh at the same moment', async () => {
    const first = await open();
    const begun = sessionOf(await first.begin());
    const second = await open({ context: first.page.context() });
    expect(await second.resume()).toEqual(begun);
    const both = await Promise.all([first.refresh(), second.refresh()]);
    expect(both.map((each) => sessionOf(each).identity)).toEqual([begun.identity, begun.identity]);
    for (const widget of [second, first, second]) expect(sessionOf(await widget.refresh()).identity).toBe(begun.identity);
  });

  it.each([
    ['/V2/WEBCHAT/INIT', '/V2/WEBCHAT/TOKENS/REFRESH'],
    ['/v2/webchat/init', '/v2/webchat/tokens/refresh'],
    ['/v2/WebChat/Init', '/v2/Webchat/Token/Refresh'],
  ])('works by %s and %s as well', async (init, refresh) => {
    const widget = await open({ paths: { init, refresh } });
    const { identity } = sessionOf(await widget.begin());
    expect(sessionOf(await widget.refresh()).identity).toBe(identity);
    expect(widget.sent.map((request) => new URL(request.url()).pathname)).toEqual([init, refresh]);
  });

  it('works where the browser says nothing of itself: the defaults of the widget pass, at Refresh too', async () => {
    const widget = await open({
      prepare: (page) =>
        page.addInitScript(() => {
          for (const name of ['language', 'cookieEnabled', 'mediaCapabilities']) {
            Object.defineProperty(navigator, name, { value: undefined });
          }
        }),
    });
    const { identity } = sessionOf(await widget.begin());
    expect(sessionOf(await widget.refresh()).identity).toBe(identity);
    const decoder = { powerEfficient: false, smooth: false, supported: false, keySystemAccess: 'twilio-keySystemAccess' };
    expect(signalsIn(await headersOf(widget, 0))).toEqual([
      { language: 'en_IN', cookieEnabled: false, userTimezone: expect.any(Number) },
      expect.anything(),
      { audio: decoder, video: decoder },
    ]);
  });

  it('works without a time stamp of its own, with the default in both calls', async () => {
    const widget = await open({ remembersLate: true });
    sessionOf(await widget.begin());
    const { identity } = await widget.kept({ loginTimestamp: null });
    expect(sessionOf(await widget.refresh()).identity).toBe(identity);
    const sent = await Promise.all([headersOf(widget, 0), headersOf(widget, 1)]);
    expect(sent.map((headers) => signalsIn(headers)[1])).toEqual([{ loginTimestamp: '9999999' }, { loginTimestamp: '9999999' }]);
  });
});

describe('an identity from an earlier chat', () => {
  it('is kept with its token', async () => {
    const widget = await open();
    const first = sessionOf(await widget.begin());
    const again = await widgetWithItsTimeStamp(widget, first);
    expect(again.identity).toBe(first.identity);
    expect(again.conversationSid).not.toBe(first.conversationSid);
    expect(sessionOf(await widget.refresh()).identity).toBe(first.identity);
  });

  /** Begins anew with the token of a session, in the page's same login: another time stamp would be another browser. */
  async function widgetWithItsTimeStamp({ page, begin }: Widget, { token, loginTimestamp }: KeptSession): Promise<KeptSession> {
    await page.clock.setFixedTime(Number(loginTimestamp));
    return sessionOf(await begin(undefined, token));
  }

  it('alone, as the widget sends it, is a wish that is not granted, without an error', async () => {
    const widget = await open();
    const { identity } = sessionOf(await widget.begin());
    await widget.leave();
    expect(await widget.kept()).toEqual({ identity });
    const again = sessionOf(await widget.begin());
    expect(new URLSearchParams(widget.sent.at(-1)?.postData() ?? '').get('Identity')).toBe(identity);
    expect(again.identity).toMatch(uuid4);
    expect(again.identity).not.toBe(identity);
  });

  it("of somebody else is never given, with no token, one's own, or theirs from another browser", async () => {
    const victim = sessionOf(await (await open()).begin());
    const widget = await open();
    const own = sessionOf(await widget.begin());
    for (const token of [undefined, own.token, victim.token]) {
      await widget.kept({ identity: victim.identity ?? '' });
      const got = sessionOf(await widget.begin(undefined, token));
      expect(got.identity).toMatch(uuid4);
      expect(got.identity).not.toBe(victim.identity);
    }
  });
});

describe('what the widget takes for a failure', () => {
  it('a page of an origin that is not allowed: no token is made', async () => {
    const widget = await open({ origin: thief });
    await expectRefused('origin_not_allowed', async () => {
      expect(await widget.begin()).toEqual({ failed: 'TypeError: Failed to fetch' });
    });
    expect((await widget.kept()).token).toBe('');
  });

  it('a token that was carried to a page of an origin that is not allowed', async () => {
    const session = sessionOf(await (await open()).begin());
    const widget = await open({ origin: thief });
    await widget.kept(session);
    await expectRefused('origin_not_allowed', async () => {
      expect(await widget.refresh()).toEqual({ failed: 'TypeError: Failed to fetch' });
    });
  });

  it.each([
    ['no deployment key', 'nonsense', 'invalid_request'],
    ['an unknown deployment', `CV${'e'.repeat(32)}`, 'deployment_not_found'],
    ['a deployment that wants proofs, which the widget cannot make', keys.proofs, 'invalid_dpop_proof'],
  ])('%s', async (_, deploymentKey, code) => {
    const widget = await open({ deploymentKey });
    await expectRefused(code, async () => expect(await widget.begin()).toEqual(failure));
    expect(await widget.resume()).toBeUndefined();
  });

  it('a token of another deployment', async () => {
    const widget = await open();
    const session = sessionOf(await widget.begin());
    const other = await open({ context: widget.page.context(), deploymentKey: keys.elsewhere });
    await expectRefused('invalid_token', async () => expect(await other.refresh()).toEqual(failure));
    expect(await widget.kept()).toEqual(session);
    expect(sessionOf(await widget.refresh()).identity).toBe(session.identity);
  });

  it('a token in another browser, which did not log in at that moment', async () => {
    const victim = await open();
    const session = sessionOf(await victim.begin());
    const widget = await open();
    await widget.kept({ ...session, loginTimestamp: '1700000000000' });
    await expectRefused('invalid_fingerprint', async () => expect(await widget.refresh()).toEqual(failure));
    expect(sessionOf(await victim.refresh()).identity).toBe(session.identity);
  });

  it('the first Refresh of an early release, which knows its time stamp only after Init; at the level off it works', async () => {
    const strict = await open({ remembersLate: true });
    sessionOf(await strict.begin());
    await expectRefused('invalid_fingerprint', async () => expect(await strict.refresh()).toEqual(failure));

    const lenient = await open({ remembersLate: true, deploymentKey: keys.lenient });
    const { identity } = sessionOf(await lenient.begin());
    expect(sessionOf(await lenient.refresh()).identity).toBe(identity);
  });
});

describe('what a visitor said of themselves', () => {
  it('is in the record of the conversation, whole, and in no log', async () => {
    const widget = await open();
    const { conversationSid, identity, token } = sessionOf(await widget.begin(person));
    const told = () => receiver.deliveries.find(({ body }) => body.data?.conversationSid === conversationSid)?.body.data;
    await vi.waitFor(() => expect(told()).toBeDefined(), { timeout: 8000 });
    expect(told()).toEqual({
      conversationSid,
      accountSid,
      deploymentSid: deploymentSids.widget,
      addressSid: null,
      identity,
      customerFriendlyName: person.friendlyName,
      preEngagementData: person,
    });
    await expectRefused('origin_not_allowed', async () => {
      expect(await (await open({ origin: thief })).begin(person)).toHaveProperty('failed');
    });
    const log = node.stdout();
    expect(log).toContain(`"route":"${initPath}","status":201`);
    for (const said of [person.friendlyName, 'Wren', person.email, 'canary', 'Canary', 'Söhne', String(token)]) {
      expect(log).not.toContain(said);
    }
  });
});

it('the log knows the calls by the names of the widget', async () => {
  const widget = await open();
  sessionOf(await widget.begin());
  sessionOf(await widget.refresh());
  await logIsCurrent();
  expect(answered().map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual(
    expect.arrayContaining([`POST ${initPath} 201`, `POST ${refreshPath} 200`, `OPTIONS ${refreshPath} 204`]),
  );
});
