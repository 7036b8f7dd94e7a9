// Each proxy whose configuration is shipped, before a backend that knows nothing of tokens. nginx and Caddy are the real ones;
// Traefik and Envoy cannot be had everywhere, so stand-ins do with their files what the documentation of each says.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type GangwayNode, startNode } from '../../packages/services/src/node.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { newToken, operate } from '../cli/operator.ts';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { type Answer, ask } from '../topology/visitor.ts';
import { freePort, type ProxyUnderTest, realProxies } from './proxy-under-test.ts';
import { standInEnvoy } from './stand-in-envoy.ts';
import { standInTraefik } from './stand-in-traefik.ts';

/** What the last request brought to the backend. */
interface Heard {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

async function startBackend(): Promise<{ readonly url: string; heard(): Heard | undefined }> {
  let last: Heard | undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      last = { method: request.method, headers: request.headers, rawHeaders: request.rawHeaders, body };
      response.setHeader('access-control-allow-origin', '*').end('hello');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard: () => last };
}

const { declaration, accountSid, keys } = declare({ encrypted: {} });
let folder: string;
let node: GangwayNode;
let credential: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-proxies-'));
  const environment = {
    ...{ GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0' },
    ...{ GANGWAY_DATA_DIR: join(folder, 'data'), GANGWAY_CONFIG: writeDeclaration(folder, declaration) },
  };
  node = await startNode(readSettings(environment, {}), { log: pino({ level: 'silent' }) });
  credential = (await operate(node, 'backends', 'create', 'a proxy', '--account', accountSid)).split('\n', 1)[0] ?? '';
});
afterAll(async () => {
  await node?.close();
  rmSync(folder, { recursive: true });
});

async function setUp(proxy: ProxyUnderTest) {
  const backend = await startBackend();
  const url = await proxy.start({ serviceUrl: node.serviceUrl ?? '', credential, backendUrl: backend.url });
  const send = (headers: Record<string, string>, method = 'POST'): Promise<Answer> =>
    ask(url, '/ask?q=1', { method, headers: { host: 'chat.example', ...headers }, body: { question: 'why' } });
  return { backend, send };
}

async function newHolder({ publicUrl }: ProxyUnderTest) {
  const holder = await createProofHolder(node.publicUrl ?? '');
  const token = String((await holder.post('/v2/Webchat/Token', { deploymentKey: keys.encrypted })).body.token);
  const prove = (nonce?: string, path = '/ask') => holder.proof({ path, publicUrl, token, nonce });
  return { token, authorization: `DPoP ${token}`, prove };
}

const codeOf = ({ headers }: Answer) => headers['x-gangway-code'];
const names = [
  'identity',
  'account',
  'deployment',
  'session',
  'grants',
  'fingerprint-checked',
  'proof-checked',
  'code',
  'credential',
];

/** Every way to write a header's name that some backend reads as that name. */
function spellings(name: string): string[] {
  const [first = '', ...rest] = name.split('-');
  return rest.reduce((all, word) => all.flatMap((begun) => [`${begun}-${word}`, `${begun}_${word}`]), [first]);
}

const forged = Object.fromEntries([
  ...names.flatMap((name) => spellings(`x-gangway-${name}`)).map((name) => [name, 'forged']),
  ...['x-original-method', 'x-forwarded-method'].map((name) => [name, 'GET']),
  ...['x-original-url', 'x-forwarded-uri', 'x-forwarded-host'].map((name) => [name, 'https://chat.example/other']),
]);

const owlBikes = 'https://www.owlbikes.example';
const proxies = [...realProxies, standInTraefik, standInEnvoy];

describe.each(proxies)('$name', (proxy) => {
  test('tells the backend who the visitor is, and nothing that the visitor wrote', async () => {
    const { backend, send } = await setUp(proxy);
    const refused = await send(forged);
    expect([refused.status, codeOf(refused), backend.heard()]).toEqual([401, 'invalid_token', undefined]);
    expect(refused.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    const token = await newToken(node, keys.encrypted);
    const passed = await send({ ...forged, authorization: `Bearer ${token}` });
    expect([passed.status, passed.text]).toEqual([200, 'hello']);
    expect(backend.heard()).toMatchObject({ method: 'POST', body: '{"question":"why"}' });
    expect(backend.heard()?.headers).toMatchObject({
      'x-gangway-identity': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gangway-account': accountSid,
      'x-gangway-grants': '[{"grant":"chat"}]',
      'x-gangway-proof-checked': 'false',
    });
    expect(backend.heard()?.rawHeaders).not.toContain('forged');
    expect(backend.heard()?.headers.authorization).toBeUndefined();
    expect(backend.heard()?.headers.dpop).toBeUndefined();
    expect(JSON.stringify(backend.heard())).not.toMatch(/gwb_/);
  });

  test('lets a bound token pass once for each proof, made for just this request', async () => {
    const { backend, send } = await setUp(proxy);
    const { token, authorization, prove } = await newHolder(proxy);
    const first = await send({ authorization, dpop: await prove() });
    expect([first.status, codeOf(first)]).toEqual([401, 'use_dpop_nonce']);
    expect(first.headers['www-authenticate']).toBe('DPoP error="use_dpop_nonce", algs="ES256"');
    const nonce = String(first.headers['dpop-nonce']);
    const dpop = await prove(nonce);
    // What the visitor says of the way that the request took changes nothing, for better or worse.
    const passed = await send({ ...forged, authorization, dpop });
    expect(passed.status).toBe(200);
    if (proxy !== standInTraefik) expect(passed.headers['dpop-nonce']).toMatch(/^[\w-]{28}$/);
    expect(backend.heard()?.headers).toMatchObject({ 'x-gangway-proof-checked': 'true' });
    expect(codeOf(await send({ authorization, dpop }))).toBe('invalid_dpop_proof');
    expect(codeOf(await send({ authorization: `Bearer ${token}` }))).toBe('invalid_dpop_proof');
    const other = await send({ ...forged, authorization, dpop: await prove(nonce, '/other') });
    expect([other.status, codeOf(other)]).toEqual([401, 'invalid_dpop_proof']);
  });

  test('a visitor who names headers to be dropped on the way gains nothing by it', async () => {
    const { backend, send } = await setUp(proxy);
    const authorization = `Bearer ${await newToken(node, keys.encrypted)}`;
    await send({ authorization });
    const truth = backend.heard()?.headers ?? {};
    const connections = ['X-Gangway-Identity', 'close, X-Gangway-Proof-Checked, X-Gangway-Account', 'X-Gangway-Credential'];
    for (const connection of [...connections, 'X-Original-Method, X-Forwarded-Uri', 'Authorization']) {
      await send({ ...forged, authorization, connection });
      const said = Object.entries(backend.heard()?.headers ?? {}).filter(([name]) => /gangway/.test(name));
      expect(said).toEqual(said.map(([name]) => [name, truth[name]]));
    }
  });

  test('answers preflights by itself, and lets the page that may ask read why it is refused', async () => {
    const { backend, send } = await setUp(proxy);
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,dpop' };
    const preflight = await send({ ...asked, origin: owlBikes }, 'OPTIONS');
    expect(preflight.status).toBeLessThan(300);
    expect(preflight.headers['access-control-allow-origin']).toBe(owlBikes);
    expect(String(preflight.headers['access-control-allow-headers']).toLowerCase()).toMatch(/authorization, ?dpop/);
    const refused = await send({ origin: owlBikes });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, owlBikes]);
    expect(refused.headers['access-control-expose-headers']).toMatch(/DPoP-Nonce, ?WWW-Authenticate/);
    for (const method of ['OPTIONS', 'POST']) {
      const { headers } = await send({ ...asked, origin: 'https://evil.example' }, method);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(backend.heard()).toBeUndefined();
  });

  test('lets a page of another origin read what the backend answers', async () => {
    const { send } = await setUp(proxy);
    const authorization = `Bearer ${await newToken(node, keys.encrypted)}`;
    const { status, headers } = await send({ origin: owlBikes, authorization });
    expect([status, headers['access-control-allow-origin']]).toEqual([200, owlBikes]);
  });

  test('lets nobody pass while Gangway cannot be asked', async () => {
    const backend = await startBackend();
    const serviceUrl = `http://127.0.0.1:${await freePort()}`;
    const url = await proxy.start({ serviceUrl, credential: 'gwb_x', backendUrl: backend.url });
    const headers = { host: 'chat.example', authorization: 'Bearer x', 'x-gangway-identity': 'forged' };
    expect((await ask(url, '/ask', { headers })).status).toBeGreaterThanOrEqual(500);
    expect(backend.heard()).toBeUndefined();
  });
});
