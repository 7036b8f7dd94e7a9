// Starship (S): the public edge. It takes a visitor's request, checks its form, carries it to the orchestrator, and gives
// the answer with the headers that a browser wants. It knows no account, no key and no token.

import formbody from '@fastify/formbody';
import { type PublicRoute, type PublicRouteName, publicRoutes } from '@gangway/contracts/starship';
import type { FastifyInstance } from 'fastify';
import { createListener } from '../platform/listener.ts';
import { keepAccessLog } from './access-log.ts';
import { carryRequest, type FreshestNonce } from './carry-request.ts';
import { answerPreflight, edgeHeaders } from './cors.ts';
import type { StarshipDependencies } from './dependencies.ts';
import { publishKeys } from './publish-keys.ts';

/** Makes the edge: a listener with the public routes, not yet listening. */
export async function createStarship(dependencies: StarshipDependencies): Promise<FastifyInstance> {
  const freshest: FreshestNonce = {};
  const listener = createListener({
    ...dependencies.listener,
    log: dependencies.log,
    docsUrl: () => dependencies.publicUrls()[0] ?? '',
    beforeRefusal(request, reply) {
      reply.headers({ ...edgeHeaders, 'x-request-id': request.id, 'access-control-allow-origin': '*' });
      if (freshest.nonce !== undefined && request.method === 'POST') reply.header('dpop-nonce', freshest.nonce);
    },
  });
  await listener.register(formbody);
  keepAccessLog(listener, dependencies);
  publishKeys(listener, dependencies);
  const carry = carryRequest(dependencies, freshest);
  for (const name of Object.keys(publicRoutes) as PublicRouteName[]) {
    const { method, paths }: PublicRoute = publicRoutes[name];
    for (const path of paths) {
      listener.route({ method: 'OPTIONS', url: path, handler: (_request, reply) => answerPreflight(reply, method) });
      listener.route({ method, url: path, handler: carry(name, path) });
    }
  }
  return listener;
}
