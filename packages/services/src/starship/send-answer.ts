// Sends an answer of the public routes. The headers are written at once instead of being gathered by the framework: there
// are a dozen of them, and each would be looked at three times.

import type { FastifyReply } from 'fastify';
import { edgeHeaders } from './cors.ts';

const withBody = Object.entries(edgeHeaders).flat();
const withoutBody = Object.entries(edgeHeaders)
  .filter(([name]) => name !== 'content-type')
  .flat();

/**
 * Sends an answer.
 * @param body undefined where there is none (204)
 * @param headers what this answer has besides the headers of all; those that are undefined are left out
 */
export function sendAnswer(
  reply: FastifyReply,
  status: number,
  body: object | undefined,
  headers: Readonly<Record<string, string | undefined>>,
): FastifyReply {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const lines = text === undefined ? [...withoutBody] : [...withBody, 'content-length', String(Buffer.byteLength(text))];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) lines.push(name, value);
  }
  // The hooks that follow an answer run nevertheless.
  reply.hijack();
  reply.raw.writeHead(status, lines).end(text);
  return reply;
}
