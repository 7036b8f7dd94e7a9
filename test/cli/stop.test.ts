// How a node stops: what is under way still gets its answer, nothing new is taken, and the process ends in time.

import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { ask, chromeOnMac } from '../topology/visitor.ts';

/** What is promised, in milliseconds. */
const drainedWithinMs = 10_000;

async function start(): Promise<GangwayProcess> {
  const node = await startGangway({ dataFolder: temporaryFolder() });
  onTestFinished(async () => {
    node.signal('SIGKILL');
    await node.ended;
  });
  return node;
}

/** A request of which the node has the headers, and not yet the body. */
interface RequestUnderWay {
  /** Sends the rest, and gives the whole answer. */
  finish(): Promise<string>;
  /** Resolves when the node has closed the connection. */
  readonly closed: Promise<void>;
}

async function beginRequest(node: GangwayProcess): Promise<RequestUnderWay> {
  const body = JSON.stringify({ deploymentKey: /CV[0-9a-f]{32}/.exec(node.stdout())?.[0] });
  const headers = {
    ...chromeOnMac,
    host: 'localhost',
    origin: 'http://localhost:5173',
    'content-type': 'application/json',
    'content-length': String(body.length),
    // The node answers this as soon as it has the headers: from then on the request is under way.
    expect: '100-continue',
  };
  const socket: Socket = connect(Number(new URL(node.publicUrl ?? '').port), '127.0.0.1');
  let received = '';
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
    if (received.includes('100 Continue')) begun.resolve();
  });
  socket.on('close', () => closed.resolve());
  socket.on('error', begun.reject);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /v2/Webchat/Token HTTP/1.1\r\n${lines.join('')}\r\n`);
  await begun.promise;
  return {
    async finish() {
      socket.write(body);
      await closed.promise;
      return received;
    },
    closed: closed.promise,
  };
}

async function saysThatItStops(node: GangwayProcess, signal = 'SIG'): Promise<void> {
  await expect.poll(() => node.stdout(), { timeout: 5000 }).toContain(`Stopping (${signal}`);
}

it.each(['SIGTERM', 'SIGINT'] as const)('%s: what is under way gets its answer, nothing new is taken', async (signal) => {
  const node = await start();
  const request = await beginRequest(node);
  node.signal(signal);
  await saysThatItStops(node, signal);
  await expect.poll(() => existsSync(join(node.dataFolder, 'ready.json'))).toBe(false);
  await expect(ask(node.publicUrl ?? '', '/v2/Webchat/Token')).rejects.toThrow(/ECONNREFUSED/);
  expect((await ask(node.adminUrl, '/health/ready', { method: 'GET' })).status).toBe(503);

  const finishedAt = performance.now();
  expect(await request.finish()).toMatch(/HTTP\/1\.1 201 Created.*"token":/s);
  expect(await node.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(performance.now() - finishedAt).toBeLessThan(2000);
});

it('the same signal twice at once is one signal, and so is another one with it', async () => {
  const node = await start();
  const request = await beginRequest(node);
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) node.signal(signal);
  await saysThatItStops(node);
  expect(await request.finish()).toContain('201 Created');
  expect(await node.ended).toMatchObject({ code: 0, signal: null });
});

it('a log that nobody reads any more keeps nothing from being drained', async () => {
  const node = await start();
  const request = await beginRequest(node);
  node.hangUp();
  node.signal('SIGTERM');
  await expect.poll(() => existsSync(join(node.dataFolder, 'ready.json'))).toBe(false);
  expect(await request.finish()).toContain('201 Created');
  expect(await node.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
});

it('a signal that comes again later stops at once', async () => {
  const node = await start();
  const request = await beginRequest(node);
  node.signal('SIGTERM');
  await saysThatItStops(node, 'SIGTERM');
  const again = setInterval(() => node.signal('SIGTERM'), 100);
  expect(await node.ended).toMatchObject({ code: 1, signal: null });
  clearInterval(again);
  await request.closed;
});

it('a request that never ends is cut off, and the node has stopped within ten seconds', async () => {
  const node = await start();
  const request = await beginRequest(node);
  const stoppedAt = performance.now();
  node.signal('SIGTERM');
  await request.closed;
  expect(await node.ended).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - stoppedAt).toBeLessThan(drainedWithinMs);
});

it('the ports are free again at once', async () => {
  const node = await start();
  await ask(node.publicUrl ?? '', '/demo', { method: 'GET' });
  node.signal('SIGTERM');
  await node.ended;
  for (const url of [node.publicUrl, node.adminUrl, node.serviceUrl]) {
    const port = Number(new URL(url ?? '').port);
    const server = createServer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.on('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
    expect((server.address() as AddressInfo).port).toBe(port);
    server.close();
  }
});
