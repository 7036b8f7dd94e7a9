// What can be wrong with a token of ours and with the proof that comes with it, in words for the operator's log. Who presents
// them is told less.

import type { CallContext, InputOf } from '@gangway/contracts/contract';
import type { ProofRefusal, scopedAuth } from '@gangway/contracts/scoped-auth';
import type { ScopedAuthParts } from './dependencies.ts';
import { verifyProof } from './proof/verify-proof.ts';
import type { Claims } from './token/claims.ts';
import { isCurrent, isRefreshable } from './token/lives.ts';

type Input = InputOf<typeof scopedAuth, 'validate'>;

/** Why a proof is not by the key of the token, made for this request, this token and once; undefined where it is. */
export async function faultOfProof(
  parts: Pick<ScopedAuthParts, 'proofKeys' | 'nonces' | 'replayMemory'>,
  { token, proof, htm = '', htu = [] }: Input,
  expectedThumbprint: string,
): Promise<{ readonly message: ProofRefusal; readonly reason: string } | undefined> {
  if (proof === undefined)
    return { message: 'proof_validation_failed', reason: 'the token is bound to a key, and no proof came' };
  const verdict = await verifyProof({ proof, htm, htu, accessToken: token, expectedThumbprint }, parts);
  if (verdict.verdict === 'valid') return undefined;
  if (verdict.verdict === 'nonce_required') return { message: 'proof_nonce_required', reason: 'the proof has no living nonce' };
  return { message: 'proof_validation_failed', reason: `the proof: ${verdict.reason}` };
}

/** Whether a token may be spoken of with who asks: a backend hears of its own accounts alone, others of all. */
export function isConcernOf({ backend }: CallContext, { aud }: Pick<Claims, 'aud'>): boolean {
  return backend === undefined || backend.accounts.includes(aud);
}

/** Why a token of ours does not count for this account and deployment now; undefined where it does. */
export function faultOfToken(
  { clockLeewaySeconds, revocations }: Pick<ScopedAuthParts, 'clockLeewaySeconds' | 'revocations'>,
  claims: Claims,
  { accountSid = claims.aud, deploymentSid = claims.dep, purpose }: Pick<Input, 'accountSid' | 'deploymentSid' | 'purpose'>,
  nowMs: number,
): string | undefined {
  if (claims.aud !== accountSid || claims.dep !== deploymentSid) return 'it is of another account or deployment';
  const isAlive = purpose === 'refresh' ? isRefreshable : isCurrent;
  if (!isAlive(claims, nowMs / 1000, clockLeewaySeconds)) {
    return purpose === 'refresh' ? 'its session is over' : 'it has expired, or is not valid yet';
  }
  if (revocations.isRevoked(claims)) return 'it is revoked';
  return revocations.tooOld(nowMs) ? 'revocations were not heard of for too long' : undefined;
}
