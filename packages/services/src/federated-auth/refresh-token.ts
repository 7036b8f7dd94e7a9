// Refresh: the same visitor, the same session, a later end. The browser's signals of this moment are bound anew, so that
// drift (a browser update, daylight saving, travel) is followed instead of punished.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import { numericDate } from '../platform/clock.ts';
import { boundLate, continuedSession } from './continued-session.ts';
import type { FederatedAuthDependencies } from './dependencies.ts';
import { judgeToken } from './judge-token.ts';
import { endsOf } from './session-ends.ts';
import { tokenRefusal } from './token-refusal.ts';

/** Validates a token and goes on with its session under a new one; or says why not. */
export async function refreshToken(
  dependencies: FederatedAuthDependencies,
  input: InputOf<typeof federatedAuth, 'refreshToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'refreshToken'>> {
  const { scopedAuth, clock, refreshLimit } = dependencies;
  const { accountSid, deploymentSid, fingerprint, lives, encrypt, refreshPerMinutePerSession, ...presented } = input;
  const judged = await judgeToken(dependencies, { accountSid, deploymentSid, fingerprint, ...presented }, context);
  if ('valid' in judged) return judged;

  const { session, identity, grants, refresh, proofKeyThumbprint } = judged;
  const now = numericDate(clock);
  const ends = endsOf(lives, session.startedAt, now, judged.absoluteEnd);
  // The deployment allows only shorter sessions by now: a token that has expired already would help nobody.
  if (ends.absoluteEnd <= now) return tokenRefusal('token_validation_failed', judged.dpopNonce);
  refreshLimit(session.id, refreshPerMinutePerSession);
  const { token, expiration, dpopNonce } = await scopedAuth.generate(
    {
      accountSid,
      deploymentSid,
      grants,
      ttl: lives.tokenTtlSeconds,
      encrypt,
      // A refresh that was let through only to be reported keeps the signals it had.
      fingerprint: fingerprint === undefined ? undefined : (refresh?.fingerprint ?? fingerprint),
      identity,
      session: continuedSession(judged),
      ...ends,
      proofKeyThumbprint,
    },
    context,
  );
  const late = boundLate(judged, fingerprint);
  return { token, identity, expiration, roles: grants, dpopNonce, boundLate: late, reported: refresh?.reported };
}
