// An HTTP listener as Gangway wants one: strict about bodies, bounded in size and time, the same shape of refusal for
// everything that can go wrong.

import { randomFillSync } from 'node:crypto';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { Refusal, type RefusalCode, refusalBody } from '@gangway/contracts/refusals';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { handshakeBounds, refusePlainHttp } from './handshakes.ts';
import type { Log } from './log.ts';
import { refuseUnreadable } from './unreadable-request.ts';

/** Bodies larger than this are refused (bytes). */
export const bodyBytesMax = 16 * 1024;
/** A client that has not sent its whole request by then is cut off. */
const requestTimeoutMs = 10_000;
const slowClientCheckMs = 1000;

export interface ListenerOptions {
  readonly log: Log;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Proxies whose `X-Forwarded-*` headers count, as addresses or networks. */
  readonly trustedProxies?: readonly string[];
  readonly bodyBytesMax?: number;
  /** Takes the request id of a caller that may choose it, in place of a fresh one. */
  readonly requestIdOf?: (header: string | undefined) => string | undefined;
  /** The address that links in refusals begin with. */
  readonly docsUrl?: () => string;
  /** Sets the headers that every refusal of this listener bears. */
  readonly beforeRefusal?: (request: FastifyRequest, reply: FastifyReply) => void;
}

/** Makes a listener without routes. */
export function createListener(options: ListenerOptions): FastifyInstance {
  const docsUrl = options.docsUrl ?? (() => '');
  const refuseBytes = (error: Error, socket: Socket) => refuseUnreadable(error, socket, newRequestId(), docsUrl());
  const timing = { connectionsCheckingInterval: slowClientCheckMs, headersTimeout: requestTimeoutMs };
  const listener = fastify({
    ...(options.tls === undefined ? { http: timing } : { https: { ...options.tls, ...timing, ...handshakeBounds } }),
    logger: false,
    bodyLimit: options.bodyBytesMax ?? bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Bodies are read field by field, as own members: a `__proto__` in one is a member like any other.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    exposeHeadRoutes: false,
    routerOptions: { caseSensitive: false },
    trustProxy: options.trustedProxies !== undefined && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    // A path that cannot be decoded meets no route and so no handler below.
    frameworkErrors: (_error, request, reply) => {
      options.beforeRefusal?.(request, reply);
      sendRefusal(reply, request.id, new Refusal('not_found'), docsUrl());
    },
    clientErrorHandler: refuseBytes,
    genReqId: (request) => options.requestIdOf?.(request.headers['x-request-id'] as string | undefined) ?? newRequestId(),
  }) as FastifyInstance;
  listener.removeContentTypeParser('text/plain');
  if (listener.server instanceof TlsServer) refusePlainHttp(listener.server, refuseBytes);

  const methodsByPath = new Map<string, Set<string>>();
  listener.addHook('onRoute', ({ url, method }) => {
    const known = methodsByPath.get(url.toLowerCase()) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methodsByPath.set(url.toLowerCase(), known);
  });
  listener.setNotFoundHandler((request, reply) => {
    options.beforeRefusal?.(request, reply);
    const methods = methodsByPath.get(request.url.split('?', 1)[0]?.toLowerCase() ?? '');
    if (methods !== undefined) reply.header('allow', [...methods].join(', '));
    sendRefusal(reply, request.id, new Refusal(methods === undefined ? 'not_found' : 'method_not_allowed'), docsUrl());
  });
  listener.setErrorHandler((error, request, reply) => {
    options.beforeRefusal?.(request, reply);
    const refusal = refusalOf(error);
    if (refusal.code === 'internal') options.log.error({ requestId: request.id, err: error }, 'a request failed');
    sendRefusal(reply, request.id, refusal, docsUrl());
  });
  return listener;
}

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the refusal that was answered, if it was one. */
    refusalCode?: string;
  }
}

function sendRefusal(reply: FastifyReply, requestId: string, refusal: Refusal, docsUrl: string): void {
  reply.refusalCode = refusal.code;
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', String(refusal.retryAfterSeconds));
  reply.code(refusal.status).send(refusalBody(refusal.code, refusal.message, requestId, docsUrl));
}

const codesOfFastify: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported_media_type',
};

/** Turns whatever was thrown into a refusal. What is not known becomes `internal`, without its text. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Error)) return new Refusal('internal');
  const { code, statusCode } = error as Error & { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : codesOfFastify[code];
  if (known !== undefined) return new Refusal(known);
  if (error instanceof SyntaxError || (statusCode !== undefined && statusCode >= 400 && statusCode < 500)) {
    return new Refusal('invalid_request', { message: 'The body cannot be read: it is empty or malformed.' });
  }
  return new Refusal('internal', { cause: error });
}

/** The request id of a caller that may choose it, or undefined where it chose what no log should have to hold. */
export function chosenRequestId(header: string | undefined): string | undefined {
  return header !== undefined && /^[\w.:-]{1,128}$/.test(header) ? header : undefined;
}

const randomPool = Buffer.alloc(4096);
let randomUsed = randomPool.length;

/** A request id: 128 random bits in hexadecimal. Nobody guesses another's. */
export function newRequestId(): string {
  if (randomUsed === randomPool.length) {
    randomFillSync(randomPool);
    randomUsed = 0;
  }
  randomUsed += 16;
  return randomPool.toString('hex', randomUsed - 16, randomUsed);
}
