// Refresh: the same visitor, the same session, a later end. The browser's signals of this moment are bound anew, so that
// drift (a browser update, daylight saving, travel) is followed instead of punished.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import { refusals } from '@gangway/contracts/refusals';
import { numericDate } from '../platform/clock.ts';
import type { FederatedAuthDependencies } from './create-federated-auth.ts';
import { endsOf } from './session-ends.ts';

/** Validates a token and goes on with its session under a new one; or says why not. */
export async function refreshToken(
  { scopedAuth, clock, refreshLimit }: FederatedAuthDependencies,
  input: InputOf<typeof federatedAuth, 'refreshToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'refreshToken'>> {
  const { accountSid, deploymentSid, token, fingerprint, sensitivity, lives } = input;
  const verdict = await scopedAuth.validate({ token, fingerprint, sensitivity, purpose: 'refresh' }, context);
  if (!verdict.authorized) {
    return refused(verdict.message === 'fingerprint_validation_failed' ? 'invalid_fingerprint' : 'invalid_token');
  }
  if (verdict.auth_account.account_sid !== accountSid || verdict.deploymentSid !== deploymentSid) return refused('invalid_token');

  const { session, identity, grants } = verdict;
  await refreshLimit(session.id, input.refreshPerMinutePerSession);
  const { refreshableUntil, absoluteEnd } = endsOf(lives, session.startedAt, numericDate(clock));
  const fresh = await scopedAuth.generate(
    {
      accountSid,
      deploymentSid,
      grants,
      ttl: lives.tokenTtlSeconds,
      encrypt: true,
      fingerprint,
      identity,
      session: { ...session, generation: session.generation + 1 },
      refreshableUntil: Math.min(refreshableUntil, verdict.absoluteEnd),
      // A deployment that allows longer sessions from now on does not lengthen those under way.
      absoluteEnd: Math.min(absoluteEnd, verdict.absoluteEnd),
    },
    context,
  );
  return { token: fresh.token, identity, expiration: fresh.expiration, roles: grants };
}

function refused(code: 'invalid_token' | 'invalid_fingerprint') {
  return { valid: false, code, message: refusals[code].message } as const;
}
