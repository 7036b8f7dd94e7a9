// Judges a token, and the browser that presents it: POST /v1/ScopedAuthTokens/validate. The token first: whoever holds
// no valid one learns nothing about a fingerprint.

import { type CallContext, noteStep } from '@gangway/contracts/contract';
import { decodeFingerprint } from '@gangway/contracts/fingerprint';
import type { Sensitivity } from '@gangway/contracts/flex-configuration';
import type { scopedAuth, ValidationRefusal } from '@gangway/contracts/scoped-auth';
import { accountId } from '@gangway/contracts/sids';
import type { Static } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import { scoreSignals } from './signals/score.ts';
import type { Claims } from './token/claims.ts';
import { isCurrent, isRefreshable } from './token/lives.ts';
import { type OpeningKeys, open } from './token/open.ts';

interface ValidateDependencies {
  readonly clock: Clock;
  readonly keyRing: OpeningKeys;
  readonly clockLeewaySeconds: number;
}
type Validate = typeof scopedAuth.operations.validate;

/**
 * Judges a token for use (`purpose: "access"`, the default) or for being refreshed (`purpose: "refresh"`), and, if it
 * is bound to a browser, the fingerprint that comes with it. Every refusal is an answer.
 */
export function validate(
  { clock, keyRing, clockLeewaySeconds }: ValidateDependencies,
  { token, fingerprint, sensitivity = 'medium', purpose = 'access' }: Static<Validate['input']>,
  context: CallContext,
): Static<Validate['answer']> {
  const claims = open(token, keyRing);
  const isAlive = purpose === 'refresh' ? isRefreshable : isCurrent;
  if (claims === undefined || !isAlive(claims, clock.now() / 1000, clockLeewaySeconds)) {
    noteStep(context, 'scoped-auth', 'Invalid token');
    return refuse('token_validation_failed');
  }
  const verdict = judgeFingerprint(claims.fpt, fingerprint, sensitivity);
  noteStep(context, 'scoped-auth', stepOf[verdict]);
  return verdict === 'other browser' ? refuse('fingerprint_validation_failed') : authorize(claims, verdict === 'same browser');
}

type FingerprintVerdict = 'same browser' | 'other browser' | 'not compared';

// The words of the diagrams.
const stepOf: Readonly<Record<FingerprintVerdict, string>> = {
  'same browser': 'Valid token and valid fingerprint',
  'other browser': 'Valid token and invalid fingerprint',
  'not compared': 'Valid token',
};

function judgeFingerprint(
  bound: string | undefined,
  presented: string | undefined,
  sensitivity: Sensitivity,
): FingerprintVerdict {
  if (presented === undefined || sensitivity === 'off') return 'not compared';
  const presentedSignals = decodeFingerprint(presented);
  // Also where the token is bound to nothing: what cannot be read now must not be bound by the refresh that follows.
  if (presentedSignals === undefined) return 'other browser';
  if (bound === undefined) return 'not compared';
  const boundSignals = decodeFingerprint(bound);
  if (boundSignals === undefined) return 'other browser';
  return scoreSignals(boundSignals, presentedSignals, sensitivity).accepted ? 'same browser' : 'other browser';
}

function refuse(message: ValidationRefusal): Static<Validate['answer']> {
  return { authorized: false, message };
}

function authorize(claims: Claims, fingerprintChecked: boolean): Static<Validate['answer']> {
  return {
    authorized: true,
    auth_account: { account_id: accountId(claims.aud), account_sid: claims.aud },
    grants: claims.grants,
    identity: claims.sub,
    deploymentSid: claims.dep,
    session: { id: claims.sid, startedAt: claims.sst, generation: claims.gen },
    expiration: new Date(claims.exp * 1000).toISOString(),
    refreshableUntil: claims.rfu,
    absoluteEnd: claims.end,
    fingerprintChecked,
  };
}
