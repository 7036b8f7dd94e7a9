// The demo page on the public port, and the messages that its own requests just caused.

import { Refusal } from '@gangway/contracts/refusals';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { TraceStore } from '../platform/trace-store.ts';
import type { DrawnMessage } from './drawn-message.ts';
import { chatPath } from './open-demo-chat.ts';
import { listPageFiles } from './page-files.ts';

/** What the demo needs. */
export interface DemoDependencies {
  readonly traces: TraceStore<DrawnMessage>;
  /** The deployment key that the page begins with, where it is known. */
  readonly deploymentKey: string | undefined;
  /** Whether the chat answers at `chatPath`. */
  readonly chatRuns: boolean;
}

/** The page runs what came from this server, talks to this server, and is framed by nobody. */
const pagePolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': "'self'",
  'img-src': "'self' data:",
  'frame-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** The page that plays a stranger: its sandbox takes its origin away, and only the demo page frames it. */
const strangerPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'self'",
  sandbox: 'allow-scripts',
};

const headersOf = (policy: Readonly<Record<string, string>>) => ({
  'content-security-policy': Object.entries(policy)
    .map(([directive, value]) => `${directive} ${value}`)
    .join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
});
const pageHeaders = headersOf(pagePolicy);
const strangerHeaders = headersOf(strangerPolicy);

/** Adds the demo page to the public listener. */
export function serveDemo(listener: FastifyInstance, { traces, deploymentKey, chatRuns }: DemoDependencies): void {
  const files = listPageFiles();
  for (const [path, read] of files) {
    const headers = path === 'stranger.html' ? strangerHeaders : pageHeaders;
    const send = async (_request: unknown, reply: FastifyReply) => {
      const { contentType, content } = read();
      return reply.headers(headers).type(contentType).send(content);
    };
    listener.get(path === 'index.html' ? '/demo' : `/demo/${path}`, send);
  }
  listener.get('/demo/', async (_request, reply) => reply.redirect('/demo'));

  listener.get('/demo/config.json', async (_request, reply) =>
    reply.headers(pageHeaders).send({ deploymentKey: deploymentKey ?? null, chatPath: chatRuns ? chatPath : null }),
  );
  // A request id is 128 random bits that only its own answer bore, and the id of a frame follows from its token: whoever
  // knows it made the request.
  listener.get('/demo/calls/:requestId', async (request, reply) => {
    const trace = traces.find((request.params as { requestId: string }).requestId);
    if (trace === undefined) throw new Refusal('not_found', { message: 'No such request is remembered.' });
    return reply.headers(pageHeaders).header('cache-control', 'no-store').send(trace);
  });
}
