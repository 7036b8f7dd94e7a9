// The admin port: whether the node lives, whether it is ready for visitors, and its figures. On loopback unless told otherwise.

import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../platform/metrics.ts';

/** Adds the admin routes to a listener. */
export function serveAdmin(
  listener: FastifyInstance,
  { metrics, ready }: { readonly metrics: Metrics; readonly ready: () => boolean },
): void {
  listener.get('/health/live', async () => ({ status: 'live' }));
  listener.get('/health/ready', async (_request, reply) =>
    ready() ? { status: 'ready' } : reply.code(503).send({ status: 'stopping' }),
  );
  listener.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await metrics.text()));
}
