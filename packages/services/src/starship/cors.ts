// What browsers of other origins are told: who may read an answer, what they may send, what scripts may see.

import { type CallContext, noteStep } from '@gangway/contracts/contract';
import { compileOriginPolicy, type OriginPolicy } from '@gangway/contracts/origins';
import { allowedRequestHeaders, exposedAnswerHeaders } from '@gangway/contracts/starship';
import type { FastifyReply } from 'fastify';

const preflightMaxAgeSeconds = 7200;

/** The headers of every answer of the public routes. A token must not lie in a cache. */
export const edgeHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
  'access-control-expose-headers': exposedAnswerHeaders.join(', '),
};

const preflightHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': allowedRequestHeaders.join(', '),
  'access-control-max-age': String(preflightMaxAgeSeconds),
  vary: 'Origin',
};

/**
 * Answers a preflight. It has no body and so no deployment key: any page may ask, and the request itself is judged when
 * it comes.
 */
export function answerPreflight(reply: FastifyReply, method: string): FastifyReply {
  return reply.code(204).headers(preflightHeaders).header('access-control-allow-methods', `${method}, OPTIONS`).send();
}

const policies = new Map<string, OriginPolicy>();
const policiesMax = 1000;

/**
 * Passes the orchestrator's `Access-Control-Allow-Origin` on, else sets `*`, as drawn; but a list becomes the request's
 * own origin where the list covers it, and nothing where it does not. Browsers refuse a list, and outsiders must not
 * read it.
 * @returns the header's value, or undefined where it is left out
 */
export function passOrigin(
  fromOrchestrator: string | undefined,
  origin: string | undefined,
  context: CallContext,
): string | undefined {
  noteStep(context, 'starship', 'If ACAO header exists, then passes through, else sets to *');
  if (fromOrchestrator === undefined || fromOrchestrator === '*') return '*';
  return origin !== undefined && policyOf(fromOrchestrator)(origin) ? origin : undefined;
}

function policyOf(list: string): OriginPolicy {
  const kept = policies.get(list);
  if (kept !== undefined) return kept;
  const policy = compileOriginPolicy(list.split(', '));
  if (policies.size >= policiesMax) policies.clear();
  policies.set(list, policy);
  return policy;
}
