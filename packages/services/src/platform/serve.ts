// Puts any implementation of any contract behind HTTP: admits the callers that the contract names, checks the input
// against its schema, answers with JSON.

import type { Backend, CallContext, Contract, Interface, Message, Operation } from '@gangway/contracts/contract';
import type { Caller } from '@gangway/contracts/participants';
import { Refusal } from '@gangway/contracts/refusals';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import { type SchemaError, schemaProblem } from './schema-problem.ts';
import type { VerifyCredential } from './service-credential.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, on the routes of a contract. */
    caller?: Caller;
    /** Which one, where a backend does. */
    backend?: Backend;
  }
}

/** The caller asks for the messages of this call. */
export const traceHeader = 'gangway-trace';

/**
 * Adds the routes of a contract to a listener. A caller that the contract does not name is refused with
 * `caller_not_allowed`, before its body is looked at.
 */
export function serve<C extends Contract>(
  listener: FastifyInstance,
  contract: C,
  implementation: Interface<C>,
  verifyCredential: VerifyCredential,
): void {
  for (const [name, operation] of Object.entries(contract.operations)) {
    const answer = implementation[name as keyof C['operations']] as Answer;
    for (const path of operation.paths) addRoute(listener, contract, path, operation, answer, verifyCredential);
  }
}

/** The part of a contract that backends may use: all that a listener offers where every service runs in one process. */
export function backendContract(contract: Contract): Contract {
  const operations = Object.entries(contract.operations).filter(([, { callers }]) => callers.includes('backend'));
  return { ...contract, operations: Object.fromEntries(operations) };
}

type Answer = (input: unknown, context: CallContext) => Promise<unknown>;

function addRoute(
  listener: FastifyInstance,
  contract: Contract,
  path: string,
  operation: Operation,
  answer: Answer,
  verifyCredential: VerifyCredential,
): void {
  const schema = Compile(operation.input);
  const admit = (request: FastifyRequest) => {
    const credited = verifyCredential(request.headers.authorization, contract.participant);
    const caller = typeof credited === 'object' ? 'backend' : credited;
    if (caller !== undefined && operation.callers.includes(caller)) {
      request.caller = caller;
      if (typeof credited === 'object') request.backend = credited;
      return;
    }
    throw new Refusal('caller_not_allowed', { detail: `${caller ?? 'an unknown caller'} asked for ${path}` });
  };
  listener.route({
    method: operation.method,
    url: path,
    onRequest: (request, _reply, done) => {
      admit(request);
      done();
    },
    handler: async (request, reply) => {
      const sent = operation.method === 'GET' ? request.query : request.body;
      const input: unknown = { ...(sent as object), ...(request.params as object) };
      if (!schema.Check(input)) throw invalidInput(schema.Errors(input));
      if (request.caller === undefined || operation.admits?.(request.caller, input) === false)
        throw new Refusal('caller_not_allowed');
      const { backend } = request;
      // What the participants say to each other is not for the outside.
      const trace: Message[] | undefined = request.headers[traceHeader] === undefined || backend !== undefined ? undefined : [];
      const context: CallContext = {
        requestId: request.id,
        ...(backend !== undefined && { backend }),
        ...(trace !== undefined && { trace }),
      };
      const result = await answer(input, context).finally(() => {
        if (trace !== undefined) reply.header(traceHeader, encodeTrace(trace));
      });
      reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(JSON.stringify(result));
      return reply;
    },
  });
}

/** A refusal that names the first field at fault and what is wrong with it. */
function invalidInput(errors: readonly SchemaError[]): Refusal {
  const { path, reason } = schemaProblem(errors);
  return new Refusal('invalid_request', { message: `${path.length === 0 ? 'The request' : path.join('.')}: ${reason}.` });
}

/** A trace as a header value. */
function encodeTrace(trace: readonly Message[]): string {
  return Buffer.from(JSON.stringify(trace)).toString('base64url');
}

/** A trace out of a header value that a service of ours sent. */
export function decodeTrace(header: string): readonly Message[] {
  return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Message[];
}
