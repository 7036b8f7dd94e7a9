// Begins and ends listening.

import type { FastifyInstance } from 'fastify';
import type { Address } from './read-setting.ts';
import { StartError } from './start-error.ts';

const idleCheckMs = 50;

/**
 * Begins to listen.
 * @param setting the setting that says where, for the message when it fails
 * @returns the address, with the port that was taken where 0 was asked for
 * @throws StartError where the port is in use or may not be taken
 */
export async function listen(
  listener: FastifyInstance,
  { host, port }: Address,
  setting: string,
  scheme = 'http',
): Promise<string> {
  try {
    await listener.listen({ host, port });
  } catch (error) {
    throw new StartError(problemOf(error, host, port, setting), { cause: error });
  }
  const address = listener.server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  const shownHost = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host;
  return `${scheme}://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${taken}`;
}

function problemOf(error: unknown, host: string, port: number, setting: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use. Stop what listens there, or set ${setting} (0 takes a free port).`;
  if (code === 'EACCES') return `Port ${port} needs more rights than this user has. Set ${setting} to a port of 1024 or more.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is no address of this machine. Set ${setting === 'GANGWAY_PORT' ? 'GANGWAY_HOST' : setting}.`;
  return `Port ${port} on ${host} (${setting}) cannot be listened on: ${error instanceof Error ? error.message : error}`;
}

/**
 * Stops listening and lets the requests under way end; cuts off those that take too long.
 * @param drainMs how long they may take (milliseconds)
 */
export async function drain(listener: FastifyInstance, drainMs: number): Promise<void> {
  const cutOff = setTimeout(() => listener.server.closeAllConnections(), drainMs);
  // A connection that was kept alive for a request under way would otherwise stay open after its answer.
  const tidy = setInterval(() => listener.server.closeIdleConnections(), idleCheckMs);
  await listener.close();
  clearTimeout(cutOff);
  clearInterval(tidy);
}
