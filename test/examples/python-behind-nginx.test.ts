// examples/python-behind-nginx as its README starts it: a real nginx, a real Python, a real page. Only ports are those of the test.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type GangwayNode, startNode } from '../../packages/services/src/node.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { launchBrowser } from '../browser/launch.ts';
import { operate } from '../cli/operator.ts';
import { freePort, nginx } from '../proxies/proxy-under-test.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { ask, chromeOnMac } from '../topology/visitor.ts';

const example = fileURLToPath(new URL('../../examples/python-behind-nginx/', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.log('There is no python3 here: the example in Python was not run.');
const deploymentKey = `CV${'0'.repeat(31)}1`;

describe.runIf((python && nginx !== undefined) || process.env.CI)('the Python backend behind nginx', () => {
  let folder: string;
  let node: GangwayNode;
  let url: string;
  let backendPort: number;
  let stop: () => Promise<unknown> = async () => {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gangway-python-'));
    const port = await freePort();
    url = `http://localhost:${port}`;
    const configuration = readFileSync(join(example, 'gangway.json'), 'utf8').replace('http://localhost:8000', url);
    writeFileSync(join(folder, 'gangway.json'), configuration);
    const environment = {
      ...{ GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0' },
      ...{ GANGWAY_DATA_DIR: join(folder, 'data'), GANGWAY_CONFIG: join(folder, 'gangway.json') },
    };
    node = await startNode(readSettings(environment, {}), { log: pino({ level: 'silent' }) });
    const credential = (await operate(node, 'backends', 'create', 'notes', '--account', `AC${'0'.repeat(31)}1`)).split(
      '\n',
      1,
    )[0];
    backendPort = await freePort();
    const child = spawn('sh', [join(example, 'start.sh')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        ...nginx?.environment,
        PATH: `${dirname(nginx?.file ?? '')}:${process.env.PATH}`,
        PORT: String(port),
        BACKEND_PORT: String(backendPort),
        GANGWAY_CREDENTIAL: credential,
        GANGWAY_URL: node.publicUrl ?? '',
        GANGWAY_SERVICE_URL: (node.serviceUrl ?? '').replace('localhost', '127.0.0.1'),
      },
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    stop = () => {
      child.kill();
      return ended;
    };
    const isUp = async () => [await statusOf(url), await statusOf(`http://127.0.0.1:${backendPort}/notes`)];
    await vi.waitFor(async () => expect(await isUp()).toEqual([200, 403]), { timeout: 10_000 });
  });
  afterAll(async () => {
    await stop();
    // What it started ended with it.
    const left = async () => [await statusOf(url), await statusOf(`http://127.0.0.1:${backendPort}/notes`)];
    await vi.waitFor(async () => expect(await left()).toEqual([0, 0]), { timeout: 5000 });
    await node?.close();
    rmSync(folder, { recursive: true });
  });

  const statusOf = (address: string) =>
    fetch(address).then(
      ({ status }) => status,
      () => 0,
    );

  test('a page keeps notes for its visitor, and another browser sees none of them', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByLabel('A note').fill('Grüße, 你好');
      await page.getByRole('button').click();
      await page.getByRole('listitem').getByText('Grüße, 你好').waitFor({ timeout: 10_000 });
      const visitor = await page.locator('#visitor').textContent();
      expect(visitor).toMatch(/^[0-9a-f-]{36}$/);
      await page.reload();
      await page.getByRole('listitem').waitFor({ timeout: 10_000 });
      expect(await page.locator('#visitor').textContent()).toBe(visitor);

      const other = await (await browser.newContext()).newPage();
      await other.goto(url);
      await other
        .locator('#visitor')
        .getByText(/^[0-9a-f-]{36}$/)
        .waitFor({ timeout: 10_000 });
      expect(await other.locator('#visitor').textContent()).not.toBe(visitor);
      expect(await other.getByRole('listitem').count()).toBe(0);
    } finally {
      await browser.close();
    }
  });

  test('a bound token counts with a proof for each request, and no header of the visitor’s does', async () => {
    const holder = await createProofHolder(node.publicUrl ?? '');
    const headers = { ...chromeOnMac, origin: url };
    const { body } = await holder.post('/v2/Webchat/Token', { deploymentKey }, headers);
    const [token, identity] = [String(body.token), body.identity];
    let nonce: string | undefined;
    const send = async (more: Readonly<Record<string, string>>, text = 'a note') => {
      const dpop = await holder.proof({ path: '/notes', publicUrl: url, token, nonce });
      const all = { host: new URL(url).host, authorization: `DPoP ${token}`, dpop, ...more };
      const answer = await ask(url.replace('localhost', '127.0.0.1'), '/notes', { headers: all, body: { text } });
      nonce = String(answer.headers['dpop-nonce'] ?? nonce);
      return answer;
    };
    const forged = {
      'x-gangway-identity': 'forged',
      x_gangway_identity: 'forged',
      'x-gangway-grants': '[{"grant":"notes","notesMax":999}]',
    };
    expect((await send(forged)).headers['x-gangway-code']).toBe('use_dpop_nonce');
    for (let count = 1; count <= 5; count += 1) {
      const { status, body: said } = await send(forged);
      expect([status, said.visitor, (said.notes as string[]).length]).toEqual([201, identity, count]);
    }
    expect((await send(forged)).status).toBe(403);
    const bearer = await send({ authorization: `Bearer ${token}` });
    expect([bearer.status, bearer.headers['x-gangway-code']]).toEqual([401, 'invalid_dpop_proof']);
    expect((await send({ authorization: '' })).status).toBe(401);
    expect((await send({}, 'x'.repeat(5000))).status).toBe(400);
  });

  test('the backend refuses whoever it was told nothing about', async () => {
    const direct = `http://127.0.0.1:${backendPort}`;
    expect((await ask(direct, '/notes', { body: { text: 'x' } })).status).toBe(403);
    expect((await ask(direct, '/other', { method: 'GET' })).status).toBe(404);
  });

  test('a body that is not read is no second request with an identity of the visitor’s own', async () => {
    const socket = connect(backendPort, '127.0.0.1');
    const head = 'HTTP/1.1\r\nHost: x\r\nX-Gangway-Grants: [{"grant":"notes","notesMax":5}]\r\nX-Gangway-Identity:';
    const hidden = `GET /notes ${head} forged\r\n\r\n`;
    socket.end(`GET /notes ${head} real\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`);
    let answered = '';
    for await (const part of socket.setEncoding('utf8')) answered += part;
    expect(answered).toContain('"visitor": "real"');
    expect(answered).not.toContain('forged');
  });
});
