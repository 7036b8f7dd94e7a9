// Gives the interface of a participant that runs in another process: the same functions, over HTTP. Refusals come back
// as the same errors that a direct call throws.

import type { CallContext, Contract, Interface, Operation } from '@gangway/contracts/contract';
import type { ServiceName } from '@gangway/contracts/participants';
import { isRefusalCode, Refusal } from '@gangway/contracts/refusals';
import { Pool } from 'undici';
import { decodeTrace, traceHeader } from './serve.ts';
import type { CredentialFor } from './service-credential.ts';

/** A connection to a participant in another process. */
export interface Connection<C extends Contract> {
  readonly neighbour: Interface<C>;
  close(): Promise<void>;
}

const retryAfterSeconds = 1;
/** A trace of the demo travels in a header, beside which Node's default of 16 KiB is small. */
const headerBytesMax = 256 * 1024;

/**
 * Connects to a participant.
 * @param url where its service listener is
 * @param credentialFor proves to it who calls
 */
export function connect<C extends Contract>(
  caller: ServiceName,
  contract: C,
  url: string,
  credentialFor: CredentialFor,
): Connection<C> {
  const pool = new Pool(new URL(url).origin, { connections: 32, maxHeaderSize: headerBytesMax, keepAliveTimeout: 30_000 });
  const neighbour: Record<string, (input: Record<string, unknown>, context: CallContext) => Promise<unknown>> = {};
  for (const [name, operation] of Object.entries(contract.operations)) {
    neighbour[name] = async (input, context) => {
      const send = () => ask(pool, operation, input, context, credentialFor(caller, contract.participant));
      try {
        return await send();
      } catch (error) {
        // The callee never saw the request, or died with it: every operation may be asked for once more.
        if (isLostConnection(error)) return send().catch((again: unknown) => Promise.reject(unavailable(contract, again)));
        throw unavailable(contract, error);
      }
    };
  }
  return { neighbour: neighbour as unknown as Interface<C>, close: () => pool.close() };
}

async function ask(
  pool: Pool,
  operation: Operation,
  input: Record<string, unknown>,
  context: CallContext,
  credential: string,
): Promise<unknown> {
  const { path, rest } = fillPath(operation.paths[0], input);
  const { statusCode, headers, body } = await pool.request({
    method: operation.method,
    path: operation.method === 'GET' ? `${path}${queryOf(rest)}` : path,
    headers: {
      authorization: credential,
      'x-request-id': context.requestId,
      ...(operation.method === 'POST' && { 'content-type': 'application/json' }),
      ...(context.trace !== undefined && { [traceHeader]: '1' }),
    },
    ...(operation.method === 'POST' && { body: JSON.stringify(rest) }),
    signal: AbortSignal.timeout(operation.latencyMsMax),
  });
  const answer = await body.json();
  const messages = headers[traceHeader];
  if (context.trace !== undefined && typeof messages === 'string') context.trace.push(...decodeTrace(messages));
  if (statusCode >= 200 && statusCode < 300) return answer;
  throw refusalFrom(answer, headers['retry-after']);
}

function fillPath(template: string, input: Record<string, unknown>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { path, rest };
}

function queryOf(fields: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

function refusalFrom(answer: unknown, retryAfter: string | string[] | undefined): Refusal {
  const { code, message } = (answer ?? {}) as { code?: unknown; message?: unknown };
  if (!isRefusalCode(code)) return new Refusal('internal', { detail: 'a service answered with an unknown error' });
  return new Refusal(code, {
    ...(typeof message === 'string' && { message }),
    ...(typeof retryAfter === 'string' && { retryAfterSeconds: Number(retryAfter) }),
  });
}

function isLostConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

function unavailable(contract: Contract, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal('upstream_unavailable', {
    retryAfterSeconds,
    detail: `${contract.participant} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
  });
}
