// Makes a token: POST /v1/ScopedAuthTokens/generate/internal.

import { randomUUID } from 'node:crypto';
import { Refusal } from '@gangway/contracts/refusals';
import { type scopedAuth, tokenLengthMax } from '@gangway/contracts/scoped-auth';
import type { Static } from 'typebox';
import { type Clock, numericDate } from '../platform/clock.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { RandomBytes } from './random.ts';
import { issuer } from './token/claims.ts';
import { ivBytes, seal } from './token/seal.ts';

interface GenerateDependencies {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly randomBytes: RandomBytes;
}
type Generate = typeof scopedAuth.operations.generate;

/**
 * Makes an encrypted token that is valid for `ttl` seconds, but never past the absolute end of its session, for the
 * identity given or for a new one. Refuses grants that would make the token longer than the front door admits.
 */
export function generate(
  { clock, keyRing, randomBytes }: GenerateDependencies,
  input: Static<Generate['input']>,
): Static<Generate['answer']> {
  const identity = input.identity ?? randomUUID();
  const issuedAt = numericDate(clock);
  const expiresAt = Math.min(issuedAt + input.ttl, input.absoluteEnd);
  const token = seal(
    {
      iss: issuer,
      aud: input.accountSid,
      sub: identity,
      jti: randomUUID(),
      iat: issuedAt,
      nbf: issuedAt,
      exp: expiresAt,
      dep: input.deploymentSid,
      sid: input.session.id,
      sst: input.session.startedAt,
      gen: input.session.generation,
      rfu: input.refreshableUntil,
      end: input.absoluteEnd,
      grants: input.grants,
      ...(input.fingerprint === undefined ? {} : { fpt: input.fingerprint }),
    },
    keyRing.sealingKey(),
    randomBytes(ivBytes),
  );
  if (token.length > tokenLengthMax) {
    throw new Refusal('invalid_request', { message: `The grants make a token of more than ${tokenLengthMax} characters.` });
  }
  return { token, identity, expiration: new Date(expiresAt * 1000).toISOString() };
}
