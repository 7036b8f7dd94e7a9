// To which key a new session is bound: a key binds when a session begins, or never.

import type { CallContext, InputOf, Interface } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { ProofRefusal, scopedAuth } from '@gangway/contracts/scoped-auth';

/** The thumbprint to bind to (undefined: to none), or why the session must not begin. */
export type Binding =
  | { readonly verdict: 'bound'; readonly thumbprint: string | undefined }
  | { readonly verdict: 'refused'; readonly message: ProofRefusal; readonly dpopNonce: string };

/**
 * Judges the proof that came with a create.
 * @param verifiedThumbprint of a proof that was verified for this request already: a proof is used once
 */
export async function bindProofKey(
  authority: Interface<typeof scopedAuth>,
  { proofOfPossession, proof, htm, htu }: InputOf<typeof federatedAuth, 'createToken'>,
  verifiedThumbprint: string | undefined,
  context: CallContext,
): Promise<Binding> {
  if (proofOfPossession === 'off') return { verdict: 'bound', thumbprint: undefined };
  if (verifiedThumbprint !== undefined) return { verdict: 'bound', thumbprint: verifiedThumbprint };
  if (proof === undefined && proofOfPossession === 'optional') return { verdict: 'bound', thumbprint: undefined };
  const answer = await authority.verifyProof({ proof, htm, htu }, context);
  if (answer.verified) return { verdict: 'bound', thumbprint: answer.thumbprint };
  return { verdict: 'refused', message: answer.message, dpopNonce: answer.dpopNonce };
}
