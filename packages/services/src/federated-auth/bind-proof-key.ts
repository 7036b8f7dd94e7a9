// To which key a new session is bound: a key binds when a session begins, or never.

import type { AnswerOf, CallContext, InputOf, Interface } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { ProofRefusal, scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Awaitable } from '../platform/awaitable.ts';

/** The thumbprint to bind to (undefined: to none), or why the session must not begin. */
export type Binding =
  | { readonly verdict: 'bound'; readonly thumbprint: string | undefined }
  | { readonly verdict: 'refused'; readonly message: ProofRefusal; readonly dpopNonce: string };

/**
 * Judges the proof that came with a create.
 * @param verifiedThumbprint of a proof that was verified for this request already: a proof is used once
 */
export function bindProofKey(
  authority: Interface<typeof scopedAuth>,
  { proofOfPossession, proof, htm, htu, wish }: InputOf<typeof federatedAuth, 'createToken'>,
  verifiedThumbprint: string | undefined,
  context: CallContext,
): Awaitable<Binding> {
  if (proofOfPossession === 'off') return { verdict: 'bound', thumbprint: undefined };
  if (verifiedThumbprint !== undefined) return { verdict: 'bound', thumbprint: verifiedThumbprint };
  if (proof === undefined && proofOfPossession === 'optional') return { verdict: 'bound', thumbprint: undefined };
  return verified(authority.verifyProof({ proof, htm, htu, token: wish?.token }, context));
}

async function verified(verdict: Promise<AnswerOf<typeof scopedAuth, 'verifyProof'>>): Promise<Binding> {
  const answer = await verdict;
  if (answer.verified) return { verdict: 'bound', thumbprint: answer.thumbprint };
  return { verdict: 'refused', message: answer.message, dpopNonce: answer.dpopNonce };
}
