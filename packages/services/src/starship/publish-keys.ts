// The public keys of signed tokens, where verifiers look for them: /.well-known/jwks.json (RFC 7517, RFC 8615).

import type { FastifyInstance } from 'fastify';
import type { StarshipDependencies } from './dependencies.ts';

/** Keys are published well before they are used, so a copy of this age does no harm. */
const maxAgeSeconds = 300;

/** Adds the route. Anyone may read it, from any page. */
export function publishKeys(listener: FastifyInstance, { scopedAuth }: Pick<StarshipDependencies, 'scopedAuth'>): void {
  listener.get('/.well-known/jwks.json', async (request, reply) => {
    const keys = await scopedAuth.publishedKeys({}, { requestId: request.id });
    return reply
      .headers({
        'access-control-allow-origin': '*',
        'cache-control': `public, max-age=${maxAgeSeconds}`,
        'content-type': 'application/jwk-set+json',
        'x-content-type-options': 'nosniff',
        'x-request-id': request.id,
      })
      .send(JSON.stringify(keys));
  });
}
