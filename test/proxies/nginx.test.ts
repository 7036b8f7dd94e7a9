// The nginx configuration of the documentation, as it stands there, in a real nginx before a backend that knows nothing of
// tokens. Where there is no nginx one line says so; in CI that is a failure. NGINX names one that is not in the path.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { accountSid, keys, startOperatedNode } from '../cli/operated-node.ts';
import { newToken, operate } from '../cli/operator.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { type Answer, ask } from '../topology/visitor.ts';

const nginx = process.env.NGINX ?? 'nginx';
const isThere = spawnSync(nginx, ['-v']).status === 0;
if (!isThere) console.log('There is no nginx here: its configuration was not tried.');

async function listenAnywhere(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenAnywhere(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A backend that keeps the headers of the last request that reached it. */
async function startBackend(): Promise<{ readonly port: number; heard(): IncomingHttpHeaders | undefined }> {
  let last: IncomingHttpHeaders | undefined;
  const server = createServer((request, response) => {
    last = request.headers;
    response.end('hello');
  });
  const port = await listenAnywhere(server);
  onTestFinished(() => void server.close());
  return { port, heard: () => last };
}

/** Starts nginx with the block of the documentation, whose addresses alone are those of the test. */
async function startNginx(serviceUrl: string, credential: string, backendPort: number): Promise<string> {
  const page = readFileSync(fileURLToPath(new URL('../../docs/verifying.md', import.meta.url)), 'utf8');
  const port = await freePort();
  const server = (/^```nginx\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '')
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace('http://127.0.0.1:4002', serviceUrl)
    .replace('http://127.0.0.1:8080', `http://127.0.0.1:${backendPort}`)
    .replace('gwb_…', credential);
  const folder = temporaryFolder();
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  const file = join(folder, 'nginx.conf');
  const head = `daemon off; pid ${folder}/pid; error_log stderr;`;
  writeFileSync(file, `${head}\nevents {}\nhttp {\naccess_log off; ${paths}\n${server}}\n`);
  const child = spawn(nginx, ['-c', file, '-p', folder], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = () => fetch(url).then(Boolean, () => false);
  await expect.poll(isUp, { timeout: 5000 }).toBe(true);
  return url;
}

it.runIf(isThere || process.env.CI)(
  'the backend hears who the visitor is from nginx alone, and a bound token passes once for each proof',
  async () => {
    const node = await startOperatedNode();
    const said = await operate(node, 'backends', 'create', 'nginx', '--account', accountSid);
    const backend = await startBackend();
    const url = await startNginx(node.serviceUrl ?? '', said.split('\n', 1)[0] ?? '', backend.port);
    const send = (headers: Record<string, string>): Promise<Answer> =>
      ask(url, '/ask?q=1', { headers: { host: 'chat.example', ...headers }, body: { question: 'why' } });
    const codeOf = ({ headers }: Answer) => headers['x-gangway-code'];
    const forged = {
      'x-gangway-identity': 'forged',
      X_Gangway_Identity: 'forged',
      'X-Gangway_Account': 'forged',
      'x-gangway-code': 'forged',
      'x-gangway-credential': 'forged',
      'x-original-method': 'GET',
      'x-original-url': 'https://chat.example/other',
      'x-forwarded-method': 'GET',
      'x-forwarded-uri': '/other',
    };

    const refused = await send(forged);
    expect([refused.status, codeOf(refused), backend.heard()]).toEqual([401, 'invalid_token', undefined]);
    const token = await newToken(node, keys.encrypted);
    const passed = await send({ ...forged, authorization: `Bearer ${token}` });
    expect([passed.status, passed.text]).toEqual([200, 'hello']);
    expect(backend.heard()).toMatchObject({
      'x-gangway-identity': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gangway-account': accountSid,
      'x-gangway-grants': '[{"grant":"chat"}]',
      'x-gangway-proof-checked': 'false',
    });
    expect(Object.values(backend.heard() ?? {})).not.toContain('forged');
    expect(backend.heard()?.authorization).toBeUndefined();

    const holder = await createProofHolder(node.publicUrl ?? '');
    const bound = String((await holder.post('/v2/Webchat/Token', { deploymentKey: keys.encrypted })).body.token);
    const authorization = `DPoP ${bound}`;
    const prove = (nonce?: string) => holder.proof({ path: '/ask', publicUrl: 'https://chat.example', token: bound, nonce });
    const first = await send({ authorization, dpop: await prove() });
    expect([first.status, codeOf(first)]).toEqual([401, 'use_dpop_nonce']);
    expect(first.headers['www-authenticate']).toBe('DPoP error="use_dpop_nonce", algs="ES256"');
    const dpop = await prove(String(first.headers['dpop-nonce']));
    expect((await send({ ...forged, authorization, dpop })).status).toBe(200);
    expect(backend.heard()).toMatchObject({ 'x-gangway-proof-checked': 'true' });
    expect(codeOf(await send({ authorization, dpop }))).toBe('invalid_dpop_proof');
    expect(codeOf(await send({ authorization: `Bearer ${bound}` }))).toBe('invalid_dpop_proof');
  },
);
