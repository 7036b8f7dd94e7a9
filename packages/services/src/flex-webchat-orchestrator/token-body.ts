// What a visitor gets to see of a token.

import type { VisitorToken } from '@gangway/contracts/federated-auth';
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
