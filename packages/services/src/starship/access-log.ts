// One line for every answer of the public routes: what was asked, how it went, how long it took. No body, no query, no
// address: nothing of the visitor's.

import type { FastifyInstance } from 'fastify';
import type { StarshipDependencies } from './dependencies.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The path of the public route that was asked, as it is registered. */
    publicPath?: string;
  }
}

/** Writes the access log and counts the answers. */
export function keepAccessLog(
  listener: FastifyInstance,
  { accessLog, metrics }: Pick<StarshipDependencies, 'accessLog' | 'metrics'>,
): void {
  listener.addHook('onResponse', (request, reply, done) => {
    // The route as it is registered: a path that was made up is not repeated. Fastify puts its options together anew at
    // each look, so the public routes say their own.
    const route = request.publicPath ?? request.routeOptions.url ?? 'none';
    const { statusCode: status, refusalCode: code } = reply;
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    accessLog({ requestId: request.id, method: request.method, route, status, code, durationMs });
    metrics.answered(route, status, code ?? '', durationMs);
    done();
  });
}
