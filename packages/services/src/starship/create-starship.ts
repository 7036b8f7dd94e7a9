// Starship (S): the public edge. It takes a visitor's request, checks its form, carries it to the orchestrator, and gives
// the answer with the headers that a browser wants. It knows no account, no key and no token.

import formbody from '@fastify/formbody';
import type { Interface, Message } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { type PublicRoute, type PublicRouteName, publicRoutes } from '@gangway/contracts/starship';
import type { FastifyInstance } from 'fastify';
import { createListener, type ListenerOptions } from '../platform/listener.ts';
import type { AccessLog, Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { keepAccessLog } from './access-log.ts';
import { carryRequest, type FreshestNonce } from './carry-request.ts';
import { answerPreflight, edgeHeaders } from './cors.ts';
import { publishKeys } from './publish-keys.ts';

/** What Starship needs. */
export interface StarshipDependencies {
  readonly orchestrator: Interface<typeof flexWebchatOrchestrator>;
  readonly log: Log;
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly scopedAuth: Pick<Interface<typeof scopedAuth>, 'publishedKeys'>;
  /** The addresses that visitors use, without a slash at their end: the first for the links in refusals, all for proofs. */
  readonly publicUrls: () => readonly string[];
  /** How many requests may be under way before more are refused. */
  readonly concurrencyMax: number;
  /** Takes the messages of a request when it is answered; without it no trace is kept. */
  readonly keepTrace?: ((requestId: string, trace: readonly Message[]) => void) | undefined;
  readonly listener: Pick<ListenerOptions, 'tls' | 'trustedProxies'>;
}

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
      listener.route({ method, url: path, handler: carry(name) });
    }
  }
  return listener;
}
