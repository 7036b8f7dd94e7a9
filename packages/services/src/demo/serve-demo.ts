// The demo page on the public port, and the messages that its own requests just caused.

import { Refusal } from '@gangway/contracts/refusals';
import type { FastifyInstance } from 'fastify';
import type { TraceStore } from '../platform/trace-store.ts';

/** What the demo needs. */
export interface DemoDependencies {
  readonly traces: TraceStore;
  /** The deployment key that the page begins with, where it is known. */
  readonly deploymentKey: string | undefined;
}

/** Adds the demo page to the public listener. */
export function serveDemo(listener: FastifyInstance, { traces, deploymentKey }: DemoDependencies): void {
  listener.get('/demo', async (_request, reply) => reply.type('text/html').send(`demo ${deploymentKey ?? ''}`));
  listener.get('/demo/calls/:requestId', async (request) => {
    const trace = traces.find((request.params as { requestId: string }).requestId);
    if (trace === undefined) throw new Refusal('not_found', { message: 'No such request is remembered.' });
    return trace;
  });
}
