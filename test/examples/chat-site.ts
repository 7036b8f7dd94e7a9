// The chat as its README has it started: a node, a credential from the command line, and the server of the example, each a
// process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { operate } from '../cli/operator.ts';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { makeTemporaryFolder } from '../topology/temporary-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { declaration, accountSid, keys } = declare({
  chat: {},
  signed: { encrypt: false },
  other: { grants: [{ grant: 'upload' }] },
});

export { keys };

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A chat that visitors can open. */
export interface ChatSite {
  readonly url: string;
  readonly socketUrl: string;
  readonly node: GangwayProcess;
  /** What the chat server has written so far. */
  log(): string;
  /** Ends the chat server, as a crash would, and starts it again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts both. */
export async function startChatSite(): Promise<ChatSite> {
  const folder = makeTemporaryFolder();
  const config = writeDeclaration(folder, declaration);
  const node = await startGangway({ dataFolder: join(folder, 'data'), settings: { CONFIG: config } });
  const made = await operate(node, 'backends', 'create', 'chat', '--account', accountSid);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    PUBLIC_URL: url,
    ALLOWED_ORIGINS: url,
    GANGWAY_URL: node.publicUrl ?? '',
    GANGWAY_SERVICE_URL: node.serviceUrl ?? '',
    GANGWAY_CREDENTIAL: made.split('\n', 1)[0],
    DEPLOYMENT_KEY: keys.chat,
  };
  let child: ChildProcess | undefined;
  let written = '';

  const start = async () => {
    const started = spawn(process.execPath, ['examples/chat/server.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    running.add(started);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const before = written.length;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        written += text;
        if (written.slice(before).includes('The chat is at')) resolve();
      });
    }
    started.on('close', () => {
      running.delete(started);
      reject(new Error(`the chat server ended: ${written.slice(before)}`));
    });
    await promise;
  };
  const stop = async () => {
    const ended = new Promise((resolve) => child?.on('close', resolve));
    child?.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    ...{ url, node, start, stop },
    socketUrl: `${url.replace('http', 'ws')}/socket`,
    log: () => written,
    async close() {
      await stop();
      node.signal('SIGTERM');
      await node.ended;
    },
  };
}

/** A frame that went over the socket. */
export interface SeenFrame {
  readonly direction: 'sent' | 'received';
  readonly text: string;
  readonly frame: Readonly<Record<string, unknown>>;
}

/** A tab with the page of the example. */
export interface ChatTab {
  readonly page: Page;
  readonly panel: Locator;
  readonly frames: SeenFrame[];
  /** Every address that was asked for, sockets' too. */
  readonly addresses: string[];
  /** What is in the conversation, as `You: text` and `Purser: text`. */
  conversation(): Promise<string[]>;
  open(): Promise<void>;
  say(text: string): Promise<void>;
  status(): Promise<string>;
}

/** Opens a tab in a context of its own, or in that of another tab. Whatever the page complains of fails the test. */
export async function openTab(
  browser: Browser,
  site: ChatSite,
  options: BrowserContextOptions & { readonly beside?: ChatTab; readonly prepare?: (page: Page) => Promise<unknown> } = {},
): Promise<ChatTab> {
  const { beside, prepare, ...contextOptions } = options;
  const context = beside?.page.context() ?? (await browser.newContext({ reducedMotion: 'reduce', ...contextOptions }));
  const page = await context.newPage();
  if (beside === undefined) onTestFinished(() => context.close());
  const frames: SeenFrame[] = [];
  const addresses: string[] = [];
  const thrown: string[] = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  onTestFinished(() => expect(thrown).toEqual([]));
  page.on('request', (request) => addresses.push(request.url()));
  page.on('websocket', (socket) => {
    addresses.push(socket.url());
    const see = (direction: SeenFrame['direction']) => (data: { payload: string | Buffer }) => {
      const text = data.payload.toString();
      frames.push({ direction, text, frame: JSON.parse(text) as Record<string, unknown> });
    };
    socket.on('framesent', see('sent'));
    socket.on('framereceived', see('received'));
  });
  await prepare?.(page);
  await page.goto(site.url);
  const panel = page.locator('#chat dialog');
  const status = async () => (await panel.getByRole('status').textContent()) ?? '';
  return {
    ...{ page, panel, frames, addresses, status },
    conversation: () =>
      panel
        .getByRole('listitem')
        .evaluateAll((items) =>
          items.map((item) => `${item.querySelector('.author')?.textContent}: ${item.querySelector('.text')?.textContent}`),
        ),
    async open() {
      await page.getByRole('button', { name: /^Open the chat/ }).click();
      await expect.poll(status, { timeout: 10_000 }).toBe('Connected');
    },
    async say(text) {
      await panel.getByRole('textbox', { name: 'Your message' }).fill(text);
      await page.keyboard.press('Enter');
    },
  };
}
