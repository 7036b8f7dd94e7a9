// What a refresh and an end have in common: the token, its proof and its fingerprint are judged, and a deployment that
// requires proofs has no unbound sessions go on.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth, TokenRefusal } from '@gangway/contracts/federated-auth';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { FederatedAuthDependencies } from './dependencies.ts';
import { tokenRefusal } from './token-refusal.ts';

/** A token that passed everything that a refresh checks, and what is known of its session. */
export type Judged = Extract<AnswerOf<typeof scopedAuth, 'validate'>, { authorized: true }>;

/** Judges a presented token for being refreshed. */
export async function judgeToken(
  { scopedAuth }: FederatedAuthDependencies,
  input: InputOf<typeof federatedAuth, 'endSession'>,
  context: CallContext,
): Promise<Judged | TokenRefusal> {
  const { accountSid, deploymentSid, token, fingerprint, sensitivity, reportOnly, proof, htm, htu } = input;
  const verdict = await scopedAuth.validate(
    { token, accountSid, deploymentSid, fingerprint, sensitivity, reportOnly, proof, htm, htu, purpose: 'refresh' },
    context,
  );
  if (!verdict.authorized) return tokenRefusal(verdict.message, verdict.dpopNonce);
  if (input.proofOfPossession === 'required' && !verdict.proofChecked) {
    return tokenRefusal('proof_validation_failed', verdict.dpopNonce);
  }
  return verdict;
}
