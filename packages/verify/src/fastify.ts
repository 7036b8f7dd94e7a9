// Fastify: `app.addHook('onRequest', visitorsOnly(verifier))`, for an app, a plugin or, as `{ onRequest }`, one route; then
// `request.visitor` says who asks.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerHeaders } from './answer-headers.ts';
import { refusalBody, type Visitor } from './verdict.ts';
import type { Verifier } from './verifier.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; there wherever `visitorsOnly` stands before the handler. */
    visitor?: Visitor;
  }
}

/** A hook that lets visitors through and answers all others. */
export function visitorsOnly(
  verifier: Verifier,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const { method, headers, rawHeaders } = request.raw;
    const verdict = await verifier.verify({ method, headers, rawHeaders, url: request.originalUrl });
    reply.headers(answerHeaders(verifier, verdict));
    if (!verdict.authorized) return reply.code(verdict.status).send(refusalBody(verdict));
    request.visitor = verdict;
    return undefined;
  };
}
