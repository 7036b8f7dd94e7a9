// Makes a token: POST /v1/ScopedAuthTokens/generate/internal.

import { randomUUID } from 'node:crypto';
import type { AnswerOf, InputOf } from '@gangway/contracts/contract';
import { Refusal } from '@gangway/contracts/refusals';
import { type scopedAuth, tokenLengthMax } from '@gangway/contracts/scoped-auth';
import { numericDate } from '../platform/clock.ts';
import type { ScopedAuthParts } from './dependencies.ts';
import { type Claims, issuer } from './token/claims.ts';
import { isoWriter } from './token/iso-date.ts';
import { ivBytes, seal } from './token/seal.ts';
import { sign } from './token/sign.ts';

const expirationOf = isoWriter();

/**
 * Makes a token that is valid for `ttl` seconds, but never past the absolute end of its session, for the identity given or
 * for a new one: encrypted, or signed for those who verify it by themselves. Refuses grants that would make the token
 * longer than the front door admits.
 */
export function generate(
  { clock, keyRing, randomBytes, nonces }: Pick<ScopedAuthParts, 'clock' | 'keyRing' | 'randomBytes' | 'nonces'>,
  input: InputOf<typeof scopedAuth, 'generate'>,
): AnswerOf<typeof scopedAuth, 'generate'> {
  const identity = input.identity ?? randomUUID();
  const issuedAt = numericDate(clock);
  const expiresAt = Math.min(issuedAt + input.ttl, input.absoluteEnd);
  const claims: Claims = {
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
  };
  if (input.fingerprint !== undefined) claims.fpt = input.fingerprint;
  if (input.proofKeyThumbprint !== undefined) claims.cnf = { jkt: input.proofKeyThumbprint };
  const token = input.encrypt ? seal(claims, keyRing.sealingKey(), randomBytes(ivBytes)) : sign(claims, keyRing.signingKey());
  if (token.length > tokenLengthMax) {
    throw new Refusal('invalid_request', { message: `The grants make a token of more than ${tokenLengthMax} characters.` });
  }
  return { token, identity, expiration: expirationOf(expiresAt * 1000), dpopNonce: nonces.issue() };
}
