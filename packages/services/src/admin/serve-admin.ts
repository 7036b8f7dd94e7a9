// The admin port: whether the node lives, whether it is ready for visitors, its figures, and what an operator can do. On
// loopback unless told otherwise.

import type { Interface } from '@gangway/contracts/contract';
import { conversationOperator, operator } from '@gangway/contracts/operator';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../platform/metrics.ts';
import { serve } from '../platform/serve.ts';
import { verifyAdminToken } from './admin-token.ts';

/** What the admin port shows and does. */
export interface AdminDependencies {
  readonly metrics: Metrics;
  readonly ready: () => boolean;
  /** Where Scoped Auth runs here. Whoever asks must know the token. */
  readonly operations: Interface<typeof operator> | undefined;
  /** Where the orchestrator runs here. Likewise. */
  readonly conversations?: Interface<typeof conversationOperator> | undefined;
  readonly token: string;
}

/** Adds the admin routes to a listener. */
export function serveAdmin(
  listener: FastifyInstance,
  { metrics, ready, operations, conversations, token }: AdminDependencies,
): void {
  listener.get('/health/live', async () => ({ status: 'live' }));
  listener.get('/health/ready', async (_request, reply) =>
    ready() ? { status: 'ready' } : reply.code(503).send({ status: 'stopping' }),
  );
  listener.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await metrics.text()));
  const verify = verifyAdminToken(token);
  if (operations !== undefined) serve(listener, operator, operations, verify);
  if (conversations !== undefined) serve(listener, conversationOperator, conversations, verify);
}
