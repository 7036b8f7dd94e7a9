// Says what a token is: POST /v1/ScopedAuthTokens/introspect (RFC 7662), for backends that take tokens as OAuth's libraries
// do. It judges no proof: whoever introspects got the request, and with it what a proof must be compared with (RFC 9449,
// section 6.2). `validate` does that for those who pass the proof on.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { ActiveToken, scopedAuth } from '@gangway/contracts/scoped-auth';
import type { ScopedAuthParts } from './dependencies.ts';
import { faultOfToken, isConcernOf } from './faults.ts';
import type { Claims } from './token/claims.ts';
import { readToken } from './token/read-token.ts';

/** What a scope can be made of (RFC 6749, section 3.3). A grant's name may be more than that. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Describes a token that counts and is of an account of the backend's. Of every other it says one thing: not active. */
export function introspect(
  parts: Pick<ScopedAuthParts, 'clock' | 'clockLeewaySeconds' | 'keyRing' | 'log' | 'revocations' | 'sessions'>,
  { token }: InputOf<typeof scopedAuth, 'introspect'>,
  context: CallContext,
): AnswerOf<typeof scopedAuth, 'introspect'> {
  const claims = readToken(token, parts.keyRing);
  const reason = claims === undefined ? 'it is not a token of ours, or was altered' : faultOf(parts, claims, context);
  if (claims === undefined || reason !== undefined) {
    const { requestId } = context;
    const message = 'token_validation_failed';
    parts.log.info({ requestId, message, reason, deploymentSid: claims?.dep, sessionId: claims?.sid }, 'a token was refused');
    return { active: false };
  }
  // It was used, as with `validate`: the generation before it is void.
  if (claims.cnf === undefined) parts.sessions.access(claims.sid, claims.gen);
  return describe(claims);
}

function faultOf(
  parts: Pick<ScopedAuthParts, 'clock' | 'clockLeewaySeconds' | 'revocations'>,
  claims: Claims,
  context: CallContext,
): string | undefined {
  if (!isConcernOf(context, claims)) return 'it is of an account that the backend may not ask about';
  return faultOfToken(parts, claims, {}, parts.clock.now());
}

function describe({ iss, sub, aud, jti, exp, iat, nbf, cnf, sid, sst, dep, grants }: Claims): ActiveToken {
  return {
    active: true,
    ...{ iss, sub, aud, jti, exp, iat, nbf, sid, grants },
    client_id: dep,
    scope: grants
      .map(({ grant }) => grant)
      .filter((name) => scopeToken.test(name))
      .join(' '),
    ...(cnf === undefined ? { token_type: 'Bearer' as const } : { token_type: 'DPoP' as const, cnf: { jkt: cnf.jkt } }),
    session_started_at: sst,
    deployment_sid: dep,
  };
}
