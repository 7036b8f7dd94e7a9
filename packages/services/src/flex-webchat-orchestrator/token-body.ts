// What a visitor gets to see of a token, or of the refusal of one.

import type { CallContext } from '@gangway/contracts/contract';
import type { TokenRefusal, VisitorToken } from '@gangway/contracts/federated-auth';
import { refusalBody, refusals } from '@gangway/contracts/refusals';
import type { Static } from 'typebox';
import type { Clock } from '../platform/clock.ts';

/** The body of a create or refresh answer. `ttl` says the expiration in seconds from now, for clients whose clock is wrong. */
export function tokenBody(
  { token, identity, expiration, roles }: Static<typeof VisitorToken>,
  clock: Clock,
): Record<string, unknown> {
  const ttl = Math.max(0, Math.floor((Date.parse(expiration) - clock.now()) / 1000));
  return { token, identity, expiration, ttl, roles };
}

/** The answer where a token, a proof or a fingerprint was refused. */
export function refusedToken({ valid, code, message, dpopNonce }: TokenRefusal, { requestId }: CallContext) {
  return { status: refusals[code].status, body: { valid, ...refusalBody(code, message, requestId) }, dpopNonce };
}
