// Judges the proof with which a session begins: POST /v1/Proofs/verify. There is no token yet that it could be made for,
// unless the visitor brought one of another session, to keep its identity, and that did not count.

import type { AnswerOf, InputOf } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { ScopedAuthParts } from './dependencies.ts';
import { verifyProof } from './proof/verify-proof.ts';

/** Gives the thumbprint of the key that a new session is bound to, or why it is not. */
export async function verifyFirstProof(
  parts: Pick<ScopedAuthParts, 'nonces' | 'proofKeys' | 'replayMemory'>,
  { proof, htm = '', htu = [], token }: InputOf<typeof scopedAuth, 'verifyProof'>,
): Promise<AnswerOf<typeof scopedAuth, 'verifyProof'>> {
  const judge = (accessToken?: string) =>
    proof === undefined ? undefined : verifyProof({ proof, htm, htu, accessToken }, parts);
  let verdict = await judge();
  if (token !== undefined && verdict?.verdict === 'invalid' && verdict.reason === 'other token') verdict = await judge(token);
  const dpopNonce = parts.nonces.issue();
  if (verdict?.verdict === 'valid') return { verified: true, thumbprint: verdict.thumbprint, dpopNonce };
  const message = verdict?.verdict === 'nonce_required' ? 'proof_nonce_required' : 'proof_validation_failed';
  return { verified: false, message, dpopNonce };
}
