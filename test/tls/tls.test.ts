// A node that speaks TLS by itself, as an operator starts it: what it tells, whom it serves, whom it refuses, and that it
// stops.

import { rmSync, writeFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import {
  type ConnectionOptions,
  connect,
  getCACertificates,
  type SecureVersion,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type GangwayProcess, runGangway, startGangway } from '../topology/gangway-process.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { makeTemporaryFolder } from '../topology/temporary-folder.ts';
import { ask, chromeOnMac, createToken } from '../topology/visitor.ts';
import { paths } from '../topology/visitor-session.ts';
import { createAuthority, createServerCertificate } from './certificate.ts';

const publicHost = 'chat.gangway.example';
const publicUrl = `https://${publicHost}`;
const { declaration, keys } = declare({ chat: {} });
const root = createAuthority('Tests of Gangway');
const intermediate = createAuthority('Tests of Gangway, intermediate', root);
const server = createServerCertificate(['localhost', publicHost], intermediate);

const folder = makeTemporaryFolder();
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const files = { TLS_CERT: file('chain.pem', server.cert + intermediate.cert), TLS_KEY: file('key.pem', server.key) };

/** One that is told the address which visitors use, as behind a port mapping; and one with nothing but its certificate. */
let told: GangwayProcess;
let bare: GangwayProcess;
const url = (node: GangwayProcess) => node.publicUrl ?? '';
const port = (node: GangwayProcess) => Number(new URL(url(node)).port);

beforeAll(async () => {
  // This process trusts the root alone, so what the node does not send of its chain is missing.
  setDefaultCACertificates([...getCACertificates('default'), root.cert]);
  const settings = { ...files, CONFIG: writeDeclaration(folder, declaration), PUBLIC_URLS: publicUrl };
  [told, bare] = await Promise.all([
    startGangway({ dataFolder: join(folder, 'told'), settings }),
    startGangway({ dataFolder: join(folder, 'bare'), settings: files }),
  ]);
});

afterAll(async () => {
  for (const node of [told, bare]) node?.signal('SIGTERM');
  await Promise.all([told?.ended, bare?.ended]);
  rmSync(folder, { recursive: true, force: true });
});

/** Shakes hands with a node; gives the connection, or throws what stood in the way. */
function shakeHands(node: GangwayProcess, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: port(node), servername: 'localhost', ...options }, () => resolve(socket));
    socket.on('error', reject);
    onTestFinished(() => void socket.destroy());
  });
}

describe('what a node with a certificate tells', () => {
  it('all public addresses begin with https; the ports of the operator and the services stay plain, on loopback', async () => {
    const banner = bare.stdout();
    for (const [name, path] of [
      ['public', ''],
      ['demo', '/demo'],
      ['docs', '/docs'],
    ] as const) {
      expect(banner).toMatch(new RegExp(`^ {2}${name} +https://localhost:${port(bare)}${path}$`, 'm'));
      if (path !== '') expect((await ask(url(bare), path, { method: 'GET' })).status).toBe(200);
    }
    expect([bare.adminUrl, bare.serviceUrl]).toEqual([
      expect.stringMatching(/^http:\/\/localhost:/),
      expect.stringMatching(/^http:/),
    ]);
    expect((await ask(bare.adminUrl, '/health/ready', { method: 'GET' })).status).toBe(200);
  });

  it('links in refusals begin with its own address, or with the one that it was told', async () => {
    const unknown = `CV${'e'.repeat(32)}`;
    expectRefusal(await createToken(url(bare), unknown), 'deployment_not_found', url(bare));
    expectRefusal(await createToken(url(told), unknown), 'deployment_not_found', publicUrl);
  });
});

describe('the connection', () => {
  it('is verified against the root alone, under each name: the whole chain is sent', async () => {
    for (const servername of ['localhost', publicHost]) {
      expect((await shakeHands(told, { servername })).authorized).toBe(true);
    }
    await expect(shakeHands(told, { servername: 'other.example' })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('carries HTTP/1.1, and nothing else is agreed on', async () => {
    const offering = (...ALPNProtocols: string[]) => shakeHands(told, { ALPNProtocols });
    expect((await offering('h2', 'http/1.1')).alpnProtocol).toBe('http/1.1');
    await expect(offering('h2')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
    expect((await ask(url(told), '/.well-known/jwks.json', { method: 'GET' })).status).toBe(200);
  });

  it.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('may be %s', async (version) => {
    expect((await shakeHands(told, { minVersion: version, maxVersion: version })).getProtocol()).toBe(version);
  });

  it.each<SecureVersion>(['TLSv1', 'TLSv1.1'])('is not made where the client offers no more than %s', async (version) => {
    // At its usual level OpenSSL would not even offer these; the alert shows that it did, and that the node said no.
    const old = shakeHands(told, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(old).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });

  it('without TLS is refused in words, and no token is made', async () => {
    const made = () => told.stdout().match(/"status":201/g)?.length ?? 0;
    const before = made();
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
    const sent = requestPlain(
      { host: '127.0.0.1', port: port(told), path: paths.create, method: 'POST', agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      },
    );
    sent
      .on('error', reject)
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ deploymentKey: keys.chat }));
    const { status, text } = await promise;
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_request',
      message: 'This port speaks https. Ask again with https:// in the address.',
      moreInfo: `${publicUrl}/docs/refusals/invalid_request`,
    });
    expect((await createToken(url(told), keys.chat)).status).toBe(201);
    await expect.poll(made, { timeout: 5000 }).toBe(before + 1);
  });

  it('with bytes that are neither is closed, and the node goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connectPlain(port(told), '127.0.0.1', () => socket.write(Buffer.alloc(64, 0xfe)));
    socket.on('error', () => {}).on('close', () => resolve());
    socket.resume();
    await promise;
    expect((await createToken(url(told), keys.chat)).status).toBe(201);
  });

  it('with bytes that are TLS and no HTTP is answered as ever', async () => {
    const socket = await shakeHands(told);
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write('hello\r\n\r\n');
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(?:.|\s)*"code":"invalid_request"/);
  });
});

describe('a proof of possession', () => {
  it('is made for the address that the node was told, whatever it was reached by', async () => {
    const visitor = await createProofHolder(url(told), publicUrl);
    const created = await visitor.post(paths.create, { deploymentKey: keys.chat });
    expect(created.status).toBe(201);
    const { token, identity } = created.body;
    const refreshed = await visitor.post(paths.refresh, { deploymentKey: keys.chat, token });
    expect([refreshed.status, refreshed.body.identity]).toEqual([200, identity]);
  });

  it.each<[string, () => string]>([
    ['the address that the request really went to', () => url(told)],
    ['the right host without TLS', () => `http://${publicHost}`],
    ['another host of the certificate', () => 'https://localhost'],
  ])('for %s is refused', async (_, address) => {
    const visitor = await createProofHolder(url(told), address());
    expectRefusal(await visitor.post(paths.create, { deploymentKey: keys.chat }), 'invalid_dpop_proof', publicUrl);
  });

  it('counts for the https address of a node that was told none, and not for the http one', async () => {
    const deploymentKey = /^ {2}key +(CV[0-9a-f]{32})$/m.exec(bare.stdout())?.[1];
    const headers = { ...chromeOnMac, origin: 'http://localhost:3000' };
    const right = await createProofHolder(url(bare));
    expect((await right.post(paths.create, { deploymentKey }, headers)).status).toBe(201);
    const wrong = await createProofHolder(url(bare), url(bare).replace('https:', 'http:'));
    expectRefusal(await wrong.post(paths.create, { deploymentKey }, headers), 'invalid_dpop_proof', url(bare));
  });
});

it('visitors who come by the public name are served: certificate, proof address and host agree', async () => {
  const here: RequestOptions['lookup'] = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const asking = { host: publicHost, port: port(told), path: '/.well-known/jwks.json', lookup: here, agent: false as const };
  request(asking, (answer) => resolve(answer.resume().statusCode))
    .on('error', reject)
    .end();
  expect(await promise).toBe(200);
});

it('a key of another certificate stops the start, and the key is not shown', async () => {
  const other = createServerCertificate(['localhost'], intermediate);
  const settings = { ...files, TLS_KEY: file('other.pem', other.key) };
  const { code, stderr } = await runGangway(['start'], { dataFolder: join(folder, 'mismatched'), settings });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^gangway: GANGWAY_TLS_CERT \(.*chain\.pem\) and GANGWAY_TLS_KEY \(.*other\.pem\) are no certificate with its key in PEM: .*mismatch/,
  );
  expect(stderr).not.toContain(other.key.split('\n')[1]);
});

it('a client that never shakes hands is cut off, and holds up no stop; nor does an idle connection', async () => {
  const node = await startGangway({ dataFolder: join(folder, 'stopping'), settings: files });
  await shakeHands(node);
  const silent = connectPlain(port(node), '127.0.0.1');
  const cutOff = new Promise((resolve) => silent.on('error', () => {}).on('close', resolve));
  silent.resume();
  await new Promise((resolve) => silent.on('connect', resolve));
  const startedAt = performance.now();
  node.signal('SIGTERM');
  const { code } = await node.ended;
  await cutOff;
  expect(code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
