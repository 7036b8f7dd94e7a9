// What stands in for a proxy that cannot be had: an HTTP server that hands each request to a function, and what such a function
// needs to ask Gangway and the backend.

import { createServer, type IncomingMessage, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Headers by their names in lower case, as both proxies compare them. */
export type Headers = Map<string, string>;

/** A request or an answer on its way. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Of one connection only; no proxy passes them on (RFC 9110, section 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
];

/** Starts a server that answers as `handle` says, until the test ends. */
export async function startStandIn(handle: (request: Passed) => Promise<Reply>): Promise<string> {
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await handle(await read(request, { method: request.method, path: request.url }));
    response.writeHead(status, Object.fromEntries(headers)).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(message: IncomingMessage, { method = '', path = '' }: { method?: string; path?: string }): Promise<Passed> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const headers = new Map(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method, path, headers, body: Buffer.concat(chunks) };
}

/** Sends a request on; what cannot be reached answers 503. Headers that `Connection` names stay behind, as Go's proxies do it. */
export async function passOn(base: string, { method, path, headers, body }: Passed): Promise<Reply> {
  const named = (headers.get('connection') ?? '').toLowerCase().split(/[ ,]+/);
  const sent = [...headers].filter(([name]) => !hopByHop.includes(name) && !named.includes(name));
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const length = body.length > 0 ? { 'content-length': String(body.length) } : {};
  const outgoing = sendRequest(
    base + path,
    { method, agent: false, headers: { ...Object.fromEntries(sent), ...length } },
    (answer) => {
      read(answer, {}).then(
        (got) => resolve({ status: answer.statusCode ?? 0, headers: without(got.headers, hopByHop), body: got.body }),
        reject,
      );
    },
  );
  outgoing.on('error', () => resolve({ status: 503, headers: new Map(), body: Buffer.from('') }));
  outgoing.end(body);
  return promise;
}

export function without(headers: Headers, names: readonly string[]): Headers {
  return new Map([...headers].filter(([name]) => !names.includes(name)));
}
