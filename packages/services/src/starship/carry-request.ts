// The way of a request through the edge: its fields and the visitor's headers in, the orchestrator asked, its answer out
// with the headers that a browser wants.

import type { CallContext, Message } from '@gangway/contracts/contract';
import type { OrchestratorAnswer } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal, refusalBody } from '@gangway/contracts/refusals';
import { type PublicRoute, type PublicRouteName, publicRoutes } from '@gangway/contracts/starship';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf } from '../platform/listener.ts';
import { operationLabel, shownFields } from '../platform/trace.ts';
import { passOrigin } from './cors.ts';
import type { StarshipDependencies } from './dependencies.ts';
import { readFields } from './read-fields.ts';
import { readVisitor } from './read-visitor.ts';
import { sendAnswer } from './send-answer.ts';

const overloadRetryAfterSeconds = 1;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
type Ask = (input: object, context: CallContext) => Promise<OrchestratorAnswer>;

/** The nonce for proofs that came last. Every answer to a POST brings it (RFC 9449, section 8.2). */
export interface FreshestNonce {
  nonce?: string | undefined;
}

/** Makes the handlers of the public routes, which share the count of the requests under way and the freshest nonce. */
export function carryRequest(
  dependencies: StarshipDependencies,
  freshest: FreshestNonce,
): (name: PublicRouteName, path: string) => Handler {
  const { orchestrator, log, publicUrls, concurrencyMax, keepTrace } = dependencies;
  let underWay = 0;

  return (name, path) => {
    const route: PublicRoute = publicRoutes[name];
    const ask = orchestrator[name] as Ask;
    const label = operationLabel(route);

    return async (request, reply) => {
      const trace: Message[] | undefined = keepTrace === undefined ? undefined : [];
      const context = trace === undefined ? { requestId: request.id } : { requestId: request.id, trace };
      request.publicPath = path;
      underWay += 1;
      let answer: OrchestratorAnswer;
      try {
        trace?.push({
          from: 'customer',
          to: 'starship',
          kind: 'request',
          label,
          fields: shownFields(request.body ?? request.query),
        });
        if (underWay > concurrencyMax) throw new Refusal('overloaded', { retryAfterSeconds: overloadRetryAfterSeconds });
        answer = await ask(inputOf(name, route, request, publicUrls()), context);
      } catch (error) {
        answer = refused(error, context, log);
      }
      underWay -= 1;
      freshest.nonce = answer.dpopNonce ?? freshest.nonce;
      const { status, body, retryAfterSeconds } = answer;
      if (status >= 400 && body !== undefined) noteRefusal(reply, body, publicUrls());
      const allowed = passOrigin(answer.accessControlAllowOrigin, request.headers.origin, context);
      if (trace !== undefined) {
        trace.push({
          from: 'starship',
          to: 'customer',
          kind: 'answer',
          label: '',
          fields: shownFields({ ...answer, accessControlAllowOrigin: allowed }),
        });
        keepTrace?.(request.id, trace);
      }
      const nonce = route.method === 'POST' ? freshest.nonce : undefined;
      const challenge = status === 401 ? challenges[String(body?.code)] : undefined;
      return sendAnswer(reply, status, body, {
        'x-request-id': request.id,
        'access-control-allow-origin': allowed,
        // Every answer to a POST brings the freshest nonce (RFC 9449, section 8.2).
        'dpop-nonce': nonce,
        // The challenge where a proof is wanted (RFC 9449, section 7.1).
        'www-authenticate': challenge,
        'retry-after': retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds),
      });
    };
  };
}

const challenges: Readonly<Record<string, string>> = {
  use_dpop_nonce: 'DPoP error="use_dpop_nonce", algs="ES256"',
  invalid_dpop_proof: 'DPoP error="invalid_dpop_proof", algs="ES256"',
};

/** Completes a refusal by the address of its page, and notes its code for the log. */
function noteRefusal(reply: FastifyReply, body: Record<string, unknown>, [publicUrl = '']: readonly string[]): void {
  reply.refusalCode = String(body.code);
  body.moreInfo = `${publicUrl}${body.moreInfo}`;
}

function inputOf(name: PublicRouteName, route: PublicRoute, request: FastifyRequest, publicUrls: readonly string[]): object {
  const fields = readFields(route, request);
  const visitor = readVisitor(request, publicUrls);
  if (name === 'explainOrigin') return { ...fields, origin: visitor.origin, address: visitor.address };
  return { ...fields, visitor };
}

/** A failure between the edge and the token, as an answer. */
function refused(error: unknown, { requestId }: CallContext, log: StarshipDependencies['log']): OrchestratorAnswer {
  const refusal = refusalOf(error);
  if (refusal.status >= 500) log.error({ requestId, code: refusal.code, detail: refusal.detail, err: error }, 'a request failed');
  const { code, message, status, retryAfterSeconds } = refusal;
  return { status, body: { ...refusalBody(code, message, requestId) }, retryAfterSeconds };
}
