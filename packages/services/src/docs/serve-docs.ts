// The documentation on the public port.

import type { FastifyInstance } from 'fastify';

/** Adds the documentation to the public listener. */
export function serveDocs(_listener: FastifyInstance): void {}
