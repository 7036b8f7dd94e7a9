// A listener refuses whatever is wrong in one shape, tells nobody why it failed inside, and hears everybody's bytes.

import { connect } from 'node:net';
import { Refusal } from '@gangway/contracts/refusals';
import type { FastifyInstance } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { createListener, type ListenerOptions, newRequestId, refusalOf } from './listener.ts';
import { recordedLog } from './testing/recorded-log.ts';

const docsUrl = () => 'https://chat.example';

function make(options: Partial<ListenerOptions> = {}) {
  const { log, lines } = recordedLog();
  const listener = createListener({ log, docsUrl, ...options });
  listener.post('/echo', async (request) => request.body);
  listener.get('/refuse', async () => {
    throw new Refusal('overloaded', { retryAfterSeconds: 3, detail: 'for the log' });
  });
  listener.get('/fail', async () => {
    throw new Error('the password is hunter2');
  });
  return { listener, lines };
}

const shape = (code: string, status: number) => ({
  code,
  status,
  message: expect.any(String),
  requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  moreInfo: `https://chat.example/docs/refusals/${code}`,
});

it('a refusal becomes its status, its code and its Retry-After, without its detail', async () => {
  const answer = await make().listener.inject('/refuse');
  expect(answer.json()).toEqual(shape('overloaded', 503));
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '3']);
  expect(answer.body).not.toContain('for the log');
});

it('a failure becomes internal: nothing of it is told, and the request id finds it in the log', async () => {
  const { listener, lines } = make();
  const answer = await listener.inject('/fail');
  expect(answer.json()).toEqual(shape('internal', 500));
  expect(answer.body).not.toContain('hunter2');
  expect(lines).toEqual([expect.objectContaining({ requestId: answer.json().requestId, err: expect.anything() })]);
});

it.each([
  ['a path that nobody serves', { url: '/nowhere' }, 'not_found', 404],
  ['a path that cannot be decoded', { url: '/%zz' }, 'not_found', 404],
  ['a method that the path does not take', { url: '/ECHO?x' }, 'method_not_allowed', 405],
  ['a body that is too large', { url: '/echo', method: 'POST', payload: { x: 'x'.repeat(17_000) } }, 'payload_too_large', 413],
  [
    'a body that is no JSON',
    { url: '/echo', method: 'POST', payload: '{', headers: { 'content-type': 'application/json' } },
    'invalid_request',
    400,
  ],
  [
    'a body of another type',
    { url: '/echo', method: 'POST', payload: 'x', headers: { 'content-type': 'text/plain' } },
    'unsupported_media_type',
    415,
  ],
] as const)('%s', async (_, request, code, status) => {
  const answer = await make().listener.inject({ ...request });
  expect(answer.json()).toEqual(shape(code, status));
  expect(answer.headers.allow).toBe(code === 'method_not_allowed' ? 'POST' : undefined);
});

it('a body without a length is measured as it comes', async () => {
  const url = await listening(make().listener);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`{"x":"${'x'.repeat(20_000)}"}`));
      controller.close();
    },
  });
  const asking: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  };
  const answer = await fetch(`${url}/echo`, asking);
  expect(await answer.json()).toEqual(shape('payload_too_large', 413));
});

it.each([
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['two lengths', 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
  ['a length and chunks', 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a header without a name', 'GET / HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n'],
  ['headers of 20 KiB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20 * 1024)}\r\n\r\n`],
])('bytes that are no request are refused in the same shape: %s', async (_, bytes) => {
  const url = await listening(make().listener);
  const received = await exchange(Number(new URL(url).port), bytes);
  const [head = '', body = ''] = received.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(JSON.parse(body)).toEqual(shape('invalid_request', 400));
});

it('what is thrown becomes a refusal, whatever it is', () => {
  const refusal = new Refusal('rate_limited');
  expect(refusalOf(refusal)).toBe(refusal);
  expect([refusalOf(new Error('x')).code, refusalOf('x').code, refusalOf(undefined).code]).toEqual([
    'internal',
    'internal',
    'internal',
  ]);
  expect(refusalOf(new SyntaxError('x')).code).toBe('invalid_request');
});

it('a caller chooses the request id only where the listener lets it', async () => {
  const headers = { 'x-request-id': 'chosen' };
  const chosen = await make({ requestIdOf: (header) => header }).listener.inject({ url: '/refuse', headers });
  expect(chosen.json().requestId).toBe('chosen');
  expect((await make().listener.inject({ url: '/refuse', headers })).json().requestId).not.toBe('chosen');
});

it('request ids do not repeat', () => {
  expect(new Set(Array.from({ length: 10_000 }, newRequestId)).size).toBe(10_000);
});

async function listening(listener: FastifyInstance): Promise<string> {
  onTestFinished(() => listener.close());
  return listener.listen({ host: '127.0.0.1', port: 0 });
}

/** Sends bytes and gives all that came back until the other side closed. */
function exchange(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.on('close', () => resolve(received)).on('error', reject);
  return promise;
}
