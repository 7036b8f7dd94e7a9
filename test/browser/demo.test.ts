// The demo page in a real browser: the session lives before the visitor's eyes, every refusal is said in words, and the
// sequence is that of the visitor's own requests.

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type DemoPage, demoStage, eventually } from './demo-page.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const stage = demoStage();
let demo: DemoPage;
beforeEach(async () => {
  demo = await stage.open();
});
afterEach(() => demo.close());

/** Stops the page's clock. */
async function stopClock(): Promise<void> {
  const now = await demo.page.evaluate(() => Date.now());
  await demo.page.clock.pauseAt(now + 2000);
}

/** What the countdown shows, in seconds. */
async function secondsLeft(): Promise<number> {
  const [minutes = Number.NaN, seconds = Number.NaN] = (await demo.text('#countdown')).split(':').map(Number);
  return minutes * 60 + seconds;
}

/** What the page did, the latest first. */
const titles = () => demo.page.locator('#history button span:nth-child(2)').allTextContents();
/** A proof without a nonce is refused, once: the server has no other way to hand out the first. */
const began = ['Welcome aboard', 'A proof was asked for'];

describe('the session', () => {
  it('shows identity, roles, what it is bound to, and of the token no more than anybody can read', async () => {
    expect(await demo.text('#identity')).toMatch(uuid);
    expect(await demo.text('#roles')).toBe('chat');
    expect(await demo.text('#bound-to')).toBe('this browser and a key in it');
    expect(await demo.text('#deployment-key')).toBe(stage.node.deploymentKey);
    await eventually(() => demo.text('#token')).toMatch(/^eyJ.{11}….{8}$/);
    await demo.page.click('#thief summary');
    const parts = await demo.page.locator('#token-parts .part').allTextContents();
    expect(parts).toHaveLength(5);
    expect(parts[0]).toContain('"A256GCM"');
    const identity = await demo.text('#identity');
    expect(parts.join()).not.toContain(identity);
  });

  it('counts down by the second', async () => {
    await stopClock();
    const before = await secondsLeft();
    expect(before).toBeGreaterThan(1780);
    await demo.page.clock.runFor(10_000);
    expect(await secondsLeft()).toBe(before - 10);
  });

  it('keeps the identity when it is renewed, with a new token', async () => {
    const [identity, token] = [await demo.text('#identity'), await demo.text('#token')];
    await demo.page.click('#refresh-now');
    await eventually(titles).toEqual(['The token was renewed', ...began]);
    await eventually(() => demo.text('#token')).not.toBe(token);
    expect(await demo.text('#identity')).toBe(identity);
  });

  it('renews itself before the token expires, also after a sleep', async () => {
    const identity = await demo.text('#identity');
    await demo.page.clock.fastForward('20:00');
    expect(await titles()).toEqual(began);
    await demo.page.clock.fastForward('04:10');
    await eventually(titles).toEqual(['The token was renewed', ...began]);
    await eventually(secondsLeft).toBeGreaterThan(1780);
    expect(await demo.text('#identity')).toBe(identity);
  });

  it('begins anew when asked, as somebody else', async () => {
    const identity = await demo.text('#identity');
    await demo.page.click('#new-session');
    await eventually(() => demo.text('#identity')).not.toBe(identity);
    await eventually(() => demo.text('#identity')).toMatch(uuid);
  });

  it('goes on after a reload', async () => {
    const identity = await demo.text('#identity');
    await demo.page.reload();
    await eventually(titles).toEqual(['The token was renewed', 'A proof was asked for']);
    expect(await demo.text('#identity')).toBe(identity);
  });

  it('ends where the server ends it, says why, and begins another only when asked', async () => {
    const identity = await demo.text('#identity');
    const refused = {
      code: 'invalid_token',
      message: 'Revoked.',
      status: 401,
      requestId: 'r',
      moreInfo: '/docs/refusals/invalid_token',
    };
    await demo.page.route('**/Refresh', (route) => route.fulfill({ status: 401, json: refused }));
    await demo.page.click('#refresh-now');
    await eventually(() => demo.text('#session-status')).toBe('Ended');
    expect(await demo.text('#answer')).toContain('Revoked.');
    expect(await demo.text('#token')).toBe('no token');
    expect(await demo.text('#clock-words')).toBe('no token');
    await demo.page.clock.fastForward('01:00:00');
    expect(await titles()).toEqual(['The token was not renewed', ...began]);
    await demo.page.click('#new-session');
    await eventually(() => demo.text('#session-status')).toBe('Aboard');
    expect(await demo.text('#identity')).not.toBe(identity);
  });

  it('tells a page of an origin that is not allowed apart from a visitor', async () => {
    const refused = { code: 'origin_not_allowed', message: 'Not from here.', status: 403, requestId: 'r', moreInfo: '/docs' };
    await demo.page.route('**/Refresh', (route) => route.fulfill({ status: 403, json: refused }));
    await demo.page.click('#refresh-now');
    await eventually(() => demo.text('#session-status')).toBe('Refused');
    await eventually(titles).toContain('The token was not renewed');
    await eventually(titles).toContain('Why this page is refused');
  });

  it('says that a server is away, and comes back by itself', async () => {
    await demo.page.route('**/v2/**', (route) => route.abort());
    await demo.page.click('#refresh-now');
    await eventually(() => demo.text('#session-status')).toBe('Trying again');
    expect(await demo.text('#answer')).toContain('The server cannot be reached.');
    // A page cannot tell that from a refused origin, so the SDK asks about that as well: in words that hold for both.
    await demo.page.click('#history li:has-text("The token was not renewed") button');
    expect(await demo.text('#answer')).toContain('tried again by itself');
    expect(await titles()).not.toContain('Why this page is refused');
    await demo.page.unroute('**/v2/**');
    await demo.page.clock.fastForward('00:02');
    await eventually(() => demo.text('#session-status')).toBe('Aboard');
  });

  it('that cannot be ended, since the server is away, goes on, and the page does not say otherwise', async () => {
    const identity = await demo.text('#identity');
    await demo.page.route('**/v2/**', (route) => route.abort());
    await demo.page.click('#end-session');
    await eventually(() => demo.text('#answer')).toContain('The session was not ended');
    expect(await demo.text('#answer')).toContain('the session goes on: nothing was forgotten');
    expect(await demo.text('#answer')).not.toContain('by itself');
    await demo.page.unroute('**/v2/**');
    await demo.page.clock.fastForward('00:10');
    expect(await demo.text('#identity')).toBe(identity);
    await demo.page.click('#end-session');
    await eventually(() => demo.text('#session-status')).toBe('Ended');
  });
});

describe('refusals', () => {
  it.each([
    ['broken-token', 401, 'invalid_token', 'The token cannot be refreshed.'],
    ['other-browser', 403, 'invalid_fingerprint', 'The token belongs to another browser.'],
    ['no-signals', 403, 'fingerprint_generation_failed', 'The header x-webchat-sec-usersettings is missing.'],
    ['wrong-key', 404, 'deployment_not_found', 'No active deployment has this key.'],
    ['malformed', 400, 'invalid_request', 'deploymentKey is malformed'],
    ['plain-form', 403, 'preflight_required', 'A plain HTML form can send this request.'],
  ])('%s: says %i %s in words, with its request id and where to read more', async (id, status, code, words) => {
    const identity = await demo.text('#identity');
    await demo.page.click(`#try-${id}`);
    await eventually(() => demo.text('#answer .code')).toBe(code);
    expect(await demo.text('#answer .chip')).toBe(String(status));
    expect(await demo.text('#answer .said')).toContain(words);
    expect(await demo.text('#request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(await demo.page.getAttribute('#more-info', 'href')).toBe(`${stage.node.url}/docs/refusals/${code}`);
    await eventually(() => demo.page.locator('#sequence .message.refused').count()).toBeGreaterThan(0);
    await eventually(() => demo.page.locator('#sequence-words li').last().textContent()).toContain(`${status} ${code}`);
    expect(await demo.text('#identity')).toBe(identity);
    expect(await demo.text('#session-status')).toBe('Aboard');
  });

  it('another-origin: the browser refuses a stranger, who may still ask why', async () => {
    await demo.page.click('#try-another-origin');
    await eventually(() => demo.text('#answer .code')).toBe('origin_not_allowed');
    expect(await demo.text('#answer .said')).toContain('Origin: null. Pages of this origin may not use the deployment.');
    expect(await demo.text('#answer')).toContain('the browser hid even the refusal');
    expect(await demo.page.locator('iframe').count()).toBe(0);
  });

  it('my-origin: answers with what the browser said', async () => {
    await demo.page.click('#try-my-origin');
    await eventually(() => demo.text('#answer .said')).toContain('The request has no Origin header');
  });

  it('a deployment key that is nobody’s is said in words, and the page takes another', async () => {
    await demo.page.goto(`${stage.node.url}/demo?deploymentKey=CV${'f'.repeat(32)}`);
    await eventually(() => demo.text('#session-status')).toBe('Refused');
    expect(await demo.text('#answer .code')).toBe('deployment_not_found');
    await demo.page.click('#other-key summary');
    await demo.page.fill('#key-input', stage.node.deploymentKey);
    await demo.page.press('#key-input', 'Enter');
    await eventually(() => demo.text('#session-status')).toBe('Aboard');
  });
});

describe('the sequence', () => {
  const arrows = () => demo.page.locator('#sequence-words li').allTextContents();

  it('draws the participants and the calls of a create in their order', async () => {
    await eventually(() => demo.page.locator('#sequence .letter').allTextContents()).toEqual([
      'C',
      'S',
      'FWO',
      'FAS',
      'SAS',
      'FC',
      'C',
      'B',
      'SAS',
    ]);
    const sentences = await arrows();
    const order = [
      'Customer asks Starship: POST /v2/Webchat/Token',
      'Flex Webchat Orchestrator: Fetches accountSid with Deployment Key',
      'Flex Webchat Orchestrator: Keeps configurations locally till execution ends',
      'Flex Webchat Orchestrator asks Federated Auth: POST /v1/Accounts/ACXXXXX/Tokens',
      'Federated Auth asks Scoped Auth: POST /v1/ScopedAuthTokens/generate/internal',
      'Scoped Auth answers Federated Auth: token, identity',
      'Federated Auth answers Flex Webchat Orchestrator:',
      'Starship: If ACAO header exists',
      'Starship answers Customer: 201',
      'Customer asks Chat backend: WebSocket frame (token, proof)',
      'Chat backend asks Scoped Auth: POST /v1/ScopedAuthTokens/introspect (token)',
      'Scoped Auth answers Chat backend: active: true',
      'Chat backend: The proof fits key, address, nonce and token, and is new',
      'Chat backend answers Customer: authorized: true (identity)',
    ];
    const places = order.map((words) => sentences.findIndex((sentence) => sentence.startsWith(words)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));

    const drawn = demo.page.locator('#sequence .message');
    expect(await drawn.count()).toBe(sentences.length);
    const heights = await drawn.locator('.head').evaluateAll((heads) => heads.map((head) => head.getBoundingClientRect().top));
    expect(heights).toEqual(heights.toSorted((one, other) => one - other));
  });

  it('lets one go back to an earlier request', async () => {
    const first = await demo.text('#request-id');
    await demo.page.click('#try-malformed');
    await eventually(arrows).toHaveLength(3);
    await demo.page.click('#history li:nth-child(2) button');
    await eventually(() => demo.text('#request-id')).toBe(first);
    await eventually(async () => (await arrows()).length).toBeGreaterThan(9);
    expect(await demo.page.locator('#history [aria-current]').textContent()).toContain('Welcome aboard');
  });

  it('moves only for those who want motion', async () => {
    const motion = async ({ page }: DemoPage) => {
      await eventually(() => page.locator('#sequence .message').count()).toBeGreaterThan(0);
      return page.evaluate(() => {
        document.getElementById('replay')?.click();
        return document.getAnimations().length;
      });
    };
    expect(await motion(demo)).toBeGreaterThan(10);
    const still = await stage.open({ reducedMotion: 'reduce' });
    onTestFinished(() => still.close());
    expect(await motion(still)).toBe(0);
  });

  it('is nobody else’s: a guessed id finds nothing, and pages of other origins cannot read', async () => {
    const guess = await fetch(`${stage.node.url}/demo/calls/${'0'.repeat(32)}`);
    expect(guess.status).toBe(404);
    expect(await guess.json()).toMatchObject({ code: 'not_found' });
    expect((await fetch(`${stage.node.url}/demo/calls/`)).status).toBe(404);

    const own = await fetch(`${stage.node.url}/demo/calls/${await demo.text('#request-id')}`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-allow-origin')).toBeNull();
    expect(own.headers.get('cache-control')).toBe('no-store');
    expect(await own.text()).not.toContain('eyJ');
  });
});

describe('what is served', () => {
  it('keeps a strict policy, and the page keeps to it', async () => {
    const { headers } = await fetch(`${stage.node.url}/demo`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    await demo.page.click('#refresh-now');
    await demo.page.click('#try-malformed');
    await eventually(titles).toHaveLength(4);
    const refusedAsAsked = /^Failed to load resource: the server responded with a status of 40[01]/;
    expect(demo.console.filter((line) => !refusedAsAsked.test(line))).toEqual([]);
    expect(demo.console.join()).not.toContain('eyJ');
  });

  it('serves no file besides the page’s own', async () => {
    const paths = [
      'sdk/session.test.ts',
      'sdk/testing/manual-clock.ts',
      'widget/..%2fchat-backend.ts',
      'widget/%2e%2e/purser.ts',
      'dpop/package.json',
      'dpop/index.js.map',
      'sdk/%2e%2e/package.json',
      '..%2fserve-demo.ts',
      'sdk/..%2f..%2fpackage.json',
      'contracts/scoped-auth.ts',
    ];
    const statuses = await Promise.all(paths.map(async (path) => [path, (await fetch(`${stage.node.url}/demo/${path}`)).status]));
    expect(statuses).toEqual(paths.map((path) => [path, 404]));
  });
});
