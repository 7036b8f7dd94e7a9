// The demo's chat as a part of the process: who may open it, under which credential it asks, and that it neither holds a stop
// nor is there where no demo is.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type GangwayProcess, runGangway, type StartOptions, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { ask, chromeOnMac } from '../topology/visitor.ts';

/** A drain is cut off after nine seconds; open sockets must not be what it waits for. */
const stoppedWithinMs = 3000;

async function start(settings: StartOptions['settings'] = {}, dataFolder = temporaryFolder()): Promise<GangwayProcess> {
  const node = await startGangway({ dataFolder, settings });
  onTestFinished(async () => {
    node.signal('SIGKILL');
    await node.ended;
  });
  return node;
}

const publicUrlOf = ({ publicUrl }: GangwayProcess) => publicUrl ?? '';
const deploymentKeyOf = (node: GangwayProcess) => /CV[0-9a-f]{32}/.exec(node.stdout())?.[0] ?? '';

interface OpenSocket {
  readonly socket: WebSocket;
  /** The frames that came. */
  readonly frames: { readonly type: string; readonly identity?: string }[];
  readonly closed: Promise<number>;
}

function open(node: GangwayProcess, path = '/demo/chat', origin = publicUrlOf(node)): OpenSocket {
  const socket = new WebSocket(`${publicUrlOf(node).replace('http', 'ws')}${path}`, { origin });
  const frames: OpenSocket['frames'] = [];
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as OpenSocket['frames'][number]));
  socket.on('close', resolve);
  socket.on('error', () => {});
  return { socket, frames, closed };
}

/** A visitor without a proof key, in the chat. */
async function enter(node: GangwayProcess): Promise<OpenSocket & { readonly identity: string }> {
  const origin = { ...chromeOnMac, origin: publicUrlOf(node) };
  const body = { deploymentKey: deploymentKeyOf(node) };
  const { body: answer } = await ask(publicUrlOf(node), '/v2/Webchat/Token', { headers: origin, body });
  const opened = open(node);
  await expect.poll(() => opened.frames.at(-1)?.type).toBe('hello');
  opened.socket.send(JSON.stringify({ token: answer.token }));
  await expect.poll(() => opened.frames.at(-1)?.type).toBe('welcome');
  return { ...opened, identity: String(answer.identity) };
}

/** The status with which an upgrade is answered that is none. */
function refused({ socket }: OpenSocket): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
  socket.on('open', () => resolve(101));
  return promise;
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: a visitor and a stranger in the chat are told, and do not hold the stop',
  async (signal) => {
    const node = await start();
    const visitor = await enter(node);
    const stranger = open(node);
    await expect.poll(() => stranger.frames.length).toBe(1);
    const stoppedAt = performance.now();
    node.signal(signal);
    expect(await Promise.all([visitor.closed, stranger.closed])).toEqual([1001, 1001]);
    expect(await node.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - stoppedAt).toBeLessThan(stoppedWithinMs);
  },
);

it('a client that does not close when it is told to does not hold the stop either', async () => {
  const node = await start();
  const { port } = new URL(publicUrlOf(node));
  const upgrade = request({
    port,
    path: '/demo/chat',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin: publicUrlOf(node),
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    },
  });
  const { promise: upgraded, resolve } = Promise.withResolvers<void>();
  upgrade.on('upgrade', (_response, socket) => {
    socket.on('error', () => {}).resume();
    resolve();
  });
  upgrade.end();
  await upgraded;
  const stoppedAt = performance.now();
  node.signal('SIGTERM');
  expect(await node.ended).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - stoppedAt).toBeLessThan(stoppedWithinMs);
});

it('pages of other origins, and addresses with a query, are refused before a socket opens', async () => {
  const node = await start();
  expect(await refused(open(node, '/demo/chat', 'https://elsewhere.example'))).toBe(403);
  expect(await refused(open(node, '/demo/chat?token=x'))).toBe(400);
  expect(await refused(open(node))).toBe(101);
});

it('an upgrade of any other path is a request like any other', async () => {
  const node = await start();
  for (const path of ['/demo/chat/', '/demo', '/v2/Webchat/Token', '/v1/ScopedAuthTokens/validate', '//demo/chat']) {
    expect([path, [200, 404, 405].includes((await refused(open(node, path))) ?? 0)]).toEqual([path, true]);
  }
  // As curl asks for HTTP/2, which nobody has to grant (RFC 9113, section 3.1).
  const headers = { ...chromeOnMac, origin: publicUrlOf(node), connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' };
  const body = JSON.stringify({ deploymentKey: deploymentKeyOf(node) });
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const asked = request(
    `${publicUrlOf(node)}/v2/Webchat/Token`,
    { method: 'POST', headers: { ...headers, 'content-type': 'application/json', 'http2-settings': 'AAMAAABk' } },
    (response) => resolve(response.resume().statusCode),
  );
  asked.on('upgrade', () => reject(new Error('upgraded')));
  asked.on('error', reject).end(body);
  expect(await promise).toBe(201);
});

it('a node without the demo takes no upgrade, and loads nothing of the chat', async () => {
  const node = await start({ DEMO: 'false' });
  expect(await refused(open(node))).toBe(404);
  expect(await refused(open(node, '/v2/Webchat/Token'))).toBe(405);

  const loaded = async (demo: boolean): Promise<readonly string[]> => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ resolve: (specifier, context, next) => { const found = next(specifier, context); loaded.push(found.url); return found; } });
      const at = (path) => import(new URL('packages/services/src/' + path, 'file://' + process.cwd() + '/'));
      const [{ startNode }, { readSettings }, { openLog }] = await Promise.all([at('node.ts'), at('platform/settings.ts'), at('platform/log.ts')]);
      const node = await startNode(readSettings(process.env, {}), openLog('silent'));
      await node.close();
      console.log(JSON.stringify(loaded));`;
    const environment = {
      PATH: process.env.PATH,
      ...{ GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0' },
      ...{ GANGWAY_DATA_DIR: temporaryFolder(), GANGWAY_DEMO: String(demo) },
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: environment });
    return (JSON.parse(stdout) as string[]).filter((url) => /\/ws\/|examples\/chat|packages\/verify/.test(url));
  };
  expect(await loaded(false)).toEqual([]);
  expect((await loaded(true)).length).toBeGreaterThan(10);
});

it('has one credential for each run, for the demo’s account alone, which is written nowhere', async () => {
  const dataFolder = temporaryFolder();
  const list = async () => (await runGangway(['backends'], { dataFolder })).stdout;
  const first = await start({ LOG_LEVEL: 'debug' }, dataFolder);
  await enter(first);
  const before = await list();
  first.signal('SIGTERM');
  const written = [await first.ended];

  const second = await start({ LOG_LEVEL: 'debug' }, dataFolder);
  const { identity } = await enter(second);
  expect(identity).toMatch(/^[0-9a-f-]{36}$/);
  const after = await list();
  second.signal('SIGTERM');
  written.push(await second.ended);

  for (const text of [before, after]) expect(text.match(/Demo chat/g)).toHaveLength(1);
  const idOf = (text: string) => /\b[0-9a-f]{16}\b/.exec(text)?.[0];
  expect(idOf(after)).toBe(idOf(before));
  expect(new Set(after.match(/AC[0-9a-f]{32}/g)).size).toBe(1);
  const files = readdirSync(dataFolder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map(({ name }) => readFileSync(join(dataFolder, name), 'latin1'));
  const credential = /gwb_[0-9a-f]{16}_[\w-]{43}/;
  for (const text of [...kept, ...written.map(({ stdout, stderr }) => stdout + stderr)]) expect(text).not.toMatch(credential);
});
