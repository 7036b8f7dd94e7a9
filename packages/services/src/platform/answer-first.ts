// A way past the framework, for a route that is asked before every request of every visitor: what routing, request and reply
// objects cost there is a quarter of the whole answer. Whatever is not answered here goes to the routes as always.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Answers a request and gives true, or leaves it alone and gives false. `pass` hands it to the routes later on. */
export type FirstAnswer = (request: IncomingMessage, response: ServerResponse, pass: () => void) => boolean;

/**
 * Has each request looked at before the routes see it. Not while the listener closes: the framework then ends connections
 * with their answers.
 */
export function answerFirst(listener: FastifyInstance, answer: FirstAnswer): void {
  const { server } = listener;
  const handlers = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  let isClosing = false;
  listener.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const pass = () => {
      for (const handle of handlers) handle(request, response);
    };
    if (isClosing || !answer(request, response, pass)) pass();
  });
}
