// The README's way to start it, as it stands there: its declaration, its command, its variables, and the end of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mermaid from 'mermaid';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { closeCodes } from '../../examples/chat/protocol.ts';
import { operate } from '../cli/operator.ts';
import { startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { chromeOnMac, createToken } from '../topology/visitor.ts';
import { freePort } from './chat-site.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'examples/chat');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(readme) ?? [];
const [startNode = '', makeCredential = '', startChat = ''] = commands.trim().split('\n');

/** `NAME=value` at the beginning of a command. */
const variablesOf = (command: string) =>
  Object.fromEntries([...command.matchAll(/\b(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));

it('three commands, and a visitor is welcome; on SIGTERM it says so to all and ends', async () => {
  expect(commands.trim().split('\n')).toHaveLength(3);
  const { GANGWAY_CONFIG = '' } = variablesOf(startNode);
  const node = await startGangway({
    dataFolder: join(temporaryFolder(), 'data'),
    settings: { CONFIG: join(root, GANGWAY_CONFIG) },
  });
  onTestFinished(async () => {
    node.signal('SIGKILL');
    await node.ended;
  });
  const words = makeCredential.replace('npx gangway ', '').split(' ');
  const credential = (await operate(node, ...words)).split('\n', 1)[0] ?? '';

  const { GANGWAY_CREDENTIAL, ...variables } = variablesOf(startChat);
  expect(GANGWAY_CREDENTIAL).toBe('gwb_…');
  expect(credential).toMatch(/^gwb_/);
  expect(startChat).toMatch(/npm start --workspace examples\/chat$/);
  const [, ...script] = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).scripts.start.split(' ') as string[];
  expect(script[0]).toBe('node');
  const port = await freePort();
  const env = {
    ...{ PATH: process.env.PATH, PORT: String(port), ...variables, GANGWAY_CREDENTIAL: credential },
    ...{ GANGWAY_SERVICE_URL: node.serviceUrl ?? '', GANGWAY_URL: node.publicUrl ?? '' },
  };
  const chat = spawn(process.execPath, script.slice(1), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void chat.kill('SIGKILL'));
  let [written, complaints] = ['', ''];
  chat.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  chat.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const url = `http://localhost:${port}`;
  await expect.poll(() => written + complaints, { timeout: 10_000 }).toContain(`The chat is at ${url}`);

  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain(`script-src 'self' ${node.publicUrl}`);
  expect(html).toContain(`data-deployment-key="${variables.DEPLOYMENT_KEY}"`);
  expect(html).not.toContain('{{');
  for (const path of ['/widget/mount-chat-widget.ts', '/widget/widget.css', '/page/page.ts']) {
    expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
  }
  for (const path of ['/server.ts', '/widget/../server.ts', '/widget/%2e%2e/server.ts', '/package.json', '/widget/']) {
    expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
  }

  const visitor = { origin: url, ...chromeOnMac };
  const { token } = (await createToken(node.publicUrl ?? '', variables.DEPLOYMENT_KEY ?? '', visitor)).body;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { origin: url });
  const frames: { readonly type: string }[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
  await expect.poll(() => frames.length).toBe(1);
  socket.send(JSON.stringify({ token }));
  await expect.poll(() => frames.map(({ type }) => type)).toEqual(['hello', 'welcome']);
  const closed = once(socket, 'close');
  const ended = once(chat, 'exit');
  chat.kill('SIGTERM');
  expect((await closed)[0]).toBe(closeCodes.goingAway);
  expect(await ended).toEqual([0, null]);
  expect(complaints).toBe('');
});

it('the diagram can be drawn, and names every frame of the protocol', async () => {
  const [, diagram = ''] = /```mermaid\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(await mermaid.parse(diagram)).toMatchObject({ diagramType: 'sequence' });
  const protocol = readFileSync(join(folder, 'protocol.ts'), 'utf8');
  const types = [...protocol.matchAll(/readonly type: '(\w+)'/g)].map(([, type]) => type);
  expect(types.length).toBeGreaterThanOrEqual(8);
  for (const type of types) expect(readme).toContain(`type: "${type}"`);
  for (const code of Object.values(closeCodes).filter((code) => code >= 4000)) expect(readme).toContain(`| ${code} |`);
});
