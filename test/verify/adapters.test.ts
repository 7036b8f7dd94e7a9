// The adapters, each in the real framework behind a real socket: a visitor gets through, everybody else gets the refusal and
// its headers.

import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { visitorsOnly as forExpress } from '@gangway/verify/express';
import { visitorsOnly as forFastify } from '@gangway/verify/fastify';
import { visitorsOnly as forHono } from '@gangway/verify/hono';
import { holdToToken } from '@gangway/verify/ws';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { athOf } from '../../packages/services/src/scoped-auth/proof/testing/proofs.ts';
import { proofClient, publicUrl, type Testbed, testbed, visitorIn } from '../../packages/verify/src/testing/testbed.ts';
import { ask } from '../topology/visitor.ts';

interface Running {
  readonly url: string;
  close(): unknown;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let bed: Testbed;
beforeAll(async () => {
  bed = await testbed();
});
afterAll(() => bed.verifier.close());

const frameworks: Readonly<Record<string, (bed: Testbed) => Promise<Running>>> = {
  async Fastify({ verifier }) {
    const app = fastify();
    app.addHook('onRequest', forFastify(verifier));
    app.post('/api/ask', async (request) => ({ identity: request.visitor?.identity }));
    return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
  },

  async Express({ verifier }) {
    const app = express();
    const router = express.Router();
    // Mounted, so that the router shortens the path that a proof was made for.
    router.use(forExpress(verifier));
    router.post('/ask', (request, response) => {
      response.json({ identity: request.visitor?.identity });
    });
    app.use('/api', router);
    const server = createServer(app);
    return { url: await listening(server), close: () => server.close() };
  },

  async Hono({ verifier }) {
    const app = new Hono()
      .use(forHono(verifier))
      .post('/api/ask', (context) => context.json({ identity: context.get('visitor').identity }));
    const server = createServer(async (request, response) => {
      const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      const answer = await app.fetch(
        new Request(`http://any.example${request.url}`, { method: request.method ?? 'GET', headers }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    });
    return { url: await listening(server), close: () => server.close() };
  },
};

describe.each(Object.keys(frameworks))('%s', (name) => {
  let running: Running;
  beforeAll(async () => {
    const start = frameworks[name];
    if (start === undefined) throw new Error(name);
    running = await start(bed);
  });
  afterAll(() => running.close());
  const post = (headers: Record<string, string>) => ask(running.url, '/api/ask?q=1', { headers });

  test('lets a visitor through and says who it is', async () => {
    const token = await bed.token();
    const { identity } = visitorIn(await bed.bearer(token));
    const answer = await post({ authorization: `Bearer ${token}` });
    expect([answer.status, answer.body]).toEqual([200, { identity }]);
  });

  test('answers everybody else, with the challenge, and no cache keeps it', async () => {
    for (const headers of [{}, { authorization: 'Bearer x' }] as Record<string, string>[]) {
      const answer = await post(headers);
      expect([answer.status, answer.body]).toEqual([401, { code: 'invalid_token', message: expect.any(String), status: 401 }]);
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer error="invalid_token"', 'cache-control': 'no-store' });
    }
  });

  test('takes a proof for the address as the visitor knows it, and hands out the nonce of the next', async () => {
    const client = proofClient();
    const token = await bed.token({ proofKeyThumbprint: client.thumbprint });
    let count = 0;
    const send = (nonce: string | undefined) => {
      count += 1;
      const claims = { jti: `${name}-${count}`, htm: 'POST', htu: `${publicUrl}/api/ask`, iat: 1, ath: athOf(token), nonce };
      return post({ authorization: `DPoP ${token}`, dpop: client.sign(client.header, claims) });
    };
    const refused = await send(undefined);
    expect([refused.status, refused.body.code]).toEqual([401, 'use_dpop_nonce']);
    const first = await send(String(refused.headers['dpop-nonce']));
    expect(first.status).toBe(200);
    expect((await send(String(first.headers['dpop-nonce']))).status).toBe(200);
  });
});

/** The example of the doc comment, as it stands there but for the port. */
const wsSource = readFileSync(new URL('../../packages/verify/src/ws.ts', import.meta.url), 'utf8');
const example =
  /@example\n([\s\S]*?) \*\//
    .exec(wsSource)?.[1]
    ?.replace(/^ \* ?/gm, '')
    .replace('port: 8080', 'port: 0') ?? '';

describe('ws, as its doc comment shows it', () => {
  let server: WebSocketServer;
  beforeAll(async () => {
    const run = new Function('WebSocketServer', 'holdToToken', 'verifier', `${example}\nreturn server;`);
    server = run(WebSocketServer, holdToToken, bed.verifier);
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  /** Opens a socket; gives what it hears, frame by frame, and with which code and reason it was closed. */
  async function connect() {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat?room=1`);
    const frames = on(socket, 'message');
    const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)]);
    const hear = async () => String((await frames.next()).value?.[0]);
    const { nonce } = JSON.parse(await hear());
    return { socket, hear, closed, nonce };
  }

  test('a real socket is a stranger’s until its first frame, and is closed with 4401 when its session is revoked', async () => {
    const client = proofClient();
    const token = await bed.token({ proofKeyThumbprint: client.thumbprint });
    const { socket, hear, closed } = await connect();
    const present = (jti: string, nonce: string) => {
      const claims = { jti, htm: 'GET', htu: `${publicUrl}/chat`, iat: 1, ath: athOf(token), nonce };
      socket.send(JSON.stringify({ token, proof: client.sign(client.header, claims) }));
    };
    present('a stale nonce', 'another');
    present('a good one', JSON.parse(await hear()).nonce);
    const { identity } = JSON.parse(await hear());
    socket.send('hello');
    expect(await hear()).toBe(`${identity}: hello`);
    await bed.revoke('identity', identity);
    // The test moves the clocks; the feed is asked by the time that passes.
    expect(await closed).toEqual([4401, 'revoked']);
  });

  test('a stranger’s frame that is too long, or breaks the protocol, closes that socket and ends no process', async () => {
    const long = await connect();
    long.socket.send('x'.repeat(16 * 1024 + 1));
    expect(await long.closed).toEqual([1009, '']);
    const broken = await connect();
    // Reserved bits that nobody agreed on (RFC 6455, section 5.2).
    Reflect.get(broken.socket, '_socket').write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
    expect(await broken.closed).toEqual([1002, '']);
    const next = await connect();
    expect(next.nonce).not.toBe('');
    next.socket.close();
  });
});
