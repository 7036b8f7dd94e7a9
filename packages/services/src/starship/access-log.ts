// One line for every answer of the public routes: what was asked, how it went, how long it took. No body, no query, no
// address: nothing of the visitor's.

import type { FastifyInstance } from 'fastify';
import type { StarshipDependencies } from './create-starship.ts';

/** Writes the access log and counts the answers. */
export function keepAccessLog(listener: FastifyInstance, { log, metrics }: Pick<StarshipDependencies, 'log' | 'metrics'>): void {
  listener.addHook('onResponse', (request, reply, done) => {
    const { method, id: requestId } = request;
    // The route as it is registered: a path that was made up is not repeated.
    const route = request.routeOptions.url ?? 'none';
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const { statusCode: status, refusalCode: code } = reply;
    log.info({ requestId, method, route, status, code, durationMs }, 'answered');
    metrics.answered(route, status, code ?? '', durationMs);
    done();
  });
}
