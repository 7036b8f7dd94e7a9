// Judges a token, and who presents it: POST /v1/ScopedAuthTokens/validate. In this order: is it ours, is the key there that
// it is bound to, does it still count, is it the browser that it was made for, and, at a refresh, was it used before. Whoever
// fails at one learns nothing about the next.

import { type AnswerOf, type CallContext, type InputOf, noteStep } from '@gangway/contracts/contract';
import type { scopedAuth, ValidationRefusal } from '@gangway/contracts/scoped-auth';
import { accountId } from '@gangway/contracts/sids';
import type { ScopedAuthParts } from './create-scoped-auth.ts';
import { verifyProof } from './proof/verify-proof.ts';
import { judgeBrowser } from './signals/judge-browser.ts';
import type { Claims } from './token/claims.ts';
import { isoWriter } from './token/iso-date.ts';
import { isCurrent, isRefreshable } from './token/lives.ts';
import { readToken } from './token/read-token.ts';

type Input = InputOf<typeof scopedAuth, 'validate'>;
type Answer = AnswerOf<typeof scopedAuth, 'validate'>;
type Authorized = Extract<Answer, { authorized: true }>;

const asOf = isoWriter();
const expirationOf = isoWriter();

/** A fifth refusal by fingerprint ends the session: two codes that differ are an oracle for whoever guesses signals. */
const fingerprintRefusalsMax = 5;

/**
 * Judges a token for use (`purpose: "access"`, the default) or for being refreshed (`purpose: "refresh"`), with the proof
 * and the fingerprint that come with it. Every refusal is an answer.
 */
export async function validate(parts: ScopedAuthParts, input: Input, context: CallContext): Promise<Answer> {
  const { clock, keyRing, revocations, sessions, nonces } = parts;
  const dpopNonce = nonces.issue();
  const refuse = (message: ValidationRefusal, step: string, proofKeyThumbprint?: string): Answer => {
    noteStep(context, 'scoped-auth', step);
    return { authorized: false, message, proofKeyThumbprint, dpopNonce };
  };

  const claims = readToken(input.token, keyRing);
  if (claims === undefined) return refuse('token_validation_failed', 'Invalid token');
  const thumbprint = claims.cnf?.jkt;
  if (thumbprint !== undefined) {
    const refusal = await judgeProof(parts, input, thumbprint);
    if (refusal !== undefined) return refuse(refusal, 'Invalid proof');
  }
  const nowMs = clock.now();
  if (!counts(parts, claims, input, nowMs) || revocations.tooOld(nowMs)) {
    return refuse('token_validation_failed', 'Invalid token', thumbprint);
  }
  const browser = judgeBrowser(claims.fpt, input);
  if (browser.verdict === 'other browser') {
    if (thumbprint === undefined) await countRefusal(parts, claims, nowMs);
    return refuse('fingerprint_validation_failed', 'Valid token and invalid fingerprint', thumbprint);
  }
  let generation = claims.gen + 1;
  // A session with a proof key needs no memory of its refreshes: a thief has no key to refresh with.
  if (thumbprint === undefined && input.purpose === 'refresh') {
    const verdict = await sessions.refresh(presented(claims, nowMs));
    if (verdict.verdict === 'replayed') {
      await endSession(parts, claims, 'a token that was refreshed before was presented again');
      return refuse('token_validation_failed', 'Invalid token');
    }
    generation = verdict.generation;
  } else if (thumbprint === undefined) sessions.access(claims.sid, claims.gen);

  noteStep(context, 'scoped-auth', browser.verdict === 'not compared' ? 'Valid token' : 'Valid token and valid fingerprint');
  const answer = authorize(claims, browser.verdict !== 'not compared', asOf(revocations.asOfMs()), dpopNonce);
  if (input.purpose !== 'refresh') return answer;
  const { reported } = browser;
  const boundBefore = claims.fpt !== undefined;
  // What was let through only to be reported does not change what the session is bound to.
  const fingerprint = reported === undefined ? undefined : claims.fpt;
  return { ...answer, refresh: { generation, boundBefore, reported, fingerprint } };
}

/** Whether the proof is missing or not by the key of the token, made for this request, this token and once. */
async function judgeProof(
  parts: ScopedAuthParts,
  { token, proof, htm = '', htu = [] }: Input,
  expectedThumbprint: string,
): Promise<ValidationRefusal | undefined> {
  if (proof === undefined) return 'proof_validation_failed';
  const { verdict } = await verifyProof({ proof, htm, htu, accessToken: token, expectedThumbprint }, parts);
  if (verdict === 'valid') return undefined;
  return verdict === 'nonce_required' ? 'proof_nonce_required' : 'proof_validation_failed';
}

/** Whether a token of ours is for this account and deployment, is alive, and is not revoked. */
function counts({ clockLeewaySeconds, revocations }: ScopedAuthParts, claims: Claims, input: Input, nowMs: number): boolean {
  const { accountSid = claims.aud, deploymentSid = claims.dep, purpose } = input;
  const isAlive = purpose === 'refresh' ? isRefreshable : isCurrent;
  return (
    claims.aud === accountSid &&
    claims.dep === deploymentSid &&
    isAlive(claims, nowMs / 1000, clockLeewaySeconds) &&
    !revocations.isRevoked(claims)
  );
}

async function countRefusal(parts: ScopedAuthParts, claims: Claims, nowMs: number): Promise<void> {
  const refusalsMax = fingerprintRefusalsMax;
  const count = await parts.sessions.countFingerprintRefusal({ ...presented(claims, nowMs), refusalsMax });
  if (count >= refusalsMax) await endSession(parts, claims, `${refusalsMax} refusals by fingerprint`);
}

function endSession({ revocations }: ScopedAuthParts, { sid, end }: Claims, reason: string): Promise<void> {
  return revocations.revoke({ kind: 'session', subject: sid, reason, madeBy: 'scoped-auth', absoluteEnd: end });
}

/** The state is kept for as long as the token that answers can be refreshed. */
function presented({ sid, gen, iat, rfu, end }: Claims, nowMs: number) {
  return { sessionId: sid, generation: gen, nowMs, refreshableUntil: Math.min(end, Math.ceil(nowMs / 1000) + rfu - iat) };
}

function authorize(claims: Claims, fingerprintChecked: boolean, revocationsAsOf: string, dpopNonce: string): Authorized {
  return {
    authorized: true,
    auth_account: { account_id: accountId(claims.aud), account_sid: claims.aud },
    grants: claims.grants,
    identity: claims.sub,
    deploymentSid: claims.dep,
    session: { id: claims.sid, startedAt: claims.sst, generation: claims.gen },
    expiration: expirationOf(claims.exp * 1000),
    refreshableUntil: claims.rfu,
    absoluteEnd: claims.end,
    proofKeyThumbprint: claims.cnf?.jkt,
    fingerprintChecked,
    proofChecked: claims.cnf !== undefined,
    revocationsAsOf,
    dpopNonce,
  };
}
