// Judges a token, and who presents it: POST /v1/ScopedAuthTokens/validate. In this order: is it ours, is the key there that
// it is bound to, does it still count, is it the browser that it was made for, and, at a refresh, was it used before. Whoever
// fails at one learns nothing about the next.

import { type AnswerOf, type CallContext, type InputOf, noteStep } from '@gangway/contracts/contract';
import type { scopedAuth, ValidationRefusal } from '@gangway/contracts/scoped-auth';
import { accountId } from '@gangway/contracts/sids';
import type { Awaitable } from '../platform/awaitable.ts';
import type { ScopedAuthParts } from './dependencies.ts';
import { faultOfProof, faultOfToken, isConcernOf } from './faults.ts';
import { type BrowserVerdict, judgeBrowser } from './signals/judge-browser.ts';
import type { Claims } from './token/claims.ts';
import { isoWriter } from './token/iso-date.ts';
import { readToken } from './token/read-token.ts';

type Input = InputOf<typeof scopedAuth, 'validate'>;
type Answer = AnswerOf<typeof scopedAuth, 'validate'>;
type Authorized = Extract<Answer, { authorized: true }>;

const asOf = isoWriter();
const expirationOf = isoWriter();

/** The words of the diagrams. */
const refusedSteps: Readonly<Record<ValidationRefusal, string>> = {
  token_validation_failed: 'Invalid token',
  fingerprint_validation_failed: 'Valid token and invalid fingerprint',
  proof_validation_failed: 'Invalid proof',
  proof_nonce_required: 'Invalid proof',
};

/** A fifth refusal by fingerprint ends the session: two codes that differ are an oracle for whoever guesses signals. */
const fingerprintRefusalsMax = 5;

/**
 * Judges a token for use (`purpose: "access"`, the default) or for being refreshed (`purpose: "refresh"`), with the proof
 * and the fingerprint that come with it. Every refusal is an answer. It waits only for a proof, and for what a refresh or a
 * refusal by signals writes down: most answers are there at once.
 */
export function validate(parts: ScopedAuthParts, input: Input, context: CallContext): Awaitable<Answer> {
  const { keyRing, nonces } = parts;
  const dpopNonce = nonces.issue();
  const claims = readToken(input.token, keyRing);
  const refuse: Refuse = (message, reason, proofKeyThumbprint) => {
    noteStep(context, 'scoped-auth', refusedSteps[message]);
    // For the operator alone: who presents the token learns which of the four it was, and no more.
    const { requestId } = context;
    parts.log.info({ requestId, message, reason, deploymentSid: claims?.dep, sessionId: claims?.sid }, 'a token was refused');
    return { authorized: false, message, proofKeyThumbprint, dpopNonce };
  };

  if (claims === undefined) return refuse('token_validation_failed', 'it is not a token of ours, or was altered');
  // Before its proof is used up, and before anything of it is said.
  if (!isConcernOf(context, claims))
    return refuse('token_validation_failed', 'it is of an account that the backend may not ask about');
  const presentation = { parts, input, context, claims, dpopNonce, refuse };
  const thumbprint = claims.cnf?.jkt;
  if (thumbprint === undefined) return judgeClaims(presentation);
  return faultOfProof(parts, input, thumbprint).then((fault) =>
    fault === undefined ? judgeClaims(presentation) : refuse(fault.message, fault.reason),
  );
}

type Refuse = (message: ValidationRefusal, reason: string, proofKeyThumbprint?: string) => Answer;

/** A token of ours, presented by whoever has the key that it is bound to. */
interface Presentation {
  readonly parts: ScopedAuthParts;
  readonly input: Input;
  readonly context: CallContext;
  readonly claims: Claims;
  readonly dpopNonce: string;
  readonly refuse: Refuse;
}

function judgeClaims(presentation: Presentation): Awaitable<Answer> {
  const { parts, input, context, claims, dpopNonce, refuse } = presentation;
  const nowMs = parts.clock.now();
  const thumbprint = claims.cnf?.jkt;
  const fault = faultOfToken(parts, claims, input, nowMs);
  if (fault !== undefined) return refuse('token_validation_failed', fault, thumbprint);
  const browser = judgeBrowser(claims.fpt, input);
  if (browser.verdict === 'other browser') {
    const refused = () => refuse('fingerprint_validation_failed', `other ${browser.changed.join(', ')}`, thumbprint);
    return thumbprint === undefined ? countRefusal(parts, claims, nowMs).then(refused) : refused();
  }
  if (input.purpose === 'refresh') return judgeRefresh(presentation, browser, nowMs);
  if (thumbprint === undefined) parts.sessions.access(claims.sid, claims.gen);
  return authorize(parts, context, claims, browser, dpopNonce);
}

type KnownBrowser = Exclude<BrowserVerdict, { verdict: 'other browser' }>;

async function judgeRefresh(presentation: Presentation, browser: KnownBrowser, nowMs: number): Promise<Answer> {
  const { parts, context, claims, dpopNonce, refuse } = presentation;
  let generation = claims.gen + 1;
  // A session with a proof key needs no memory of its refreshes: a thief has no key to refresh with.
  if (claims.cnf === undefined) {
    const verdict = await parts.sessions.refresh(presented(claims, nowMs));
    if (verdict.verdict === 'replayed') {
      await endSession(parts, claims, 'a token that was refreshed before was presented again');
      return refuse('token_validation_failed', 'it was refreshed before, or its session has ended');
    }
    generation = verdict.generation;
  }
  const { reported } = browser;
  const boundBefore = claims.fpt !== undefined;
  // What was let through only to be reported does not change what the session is bound to.
  const fingerprint = reported === undefined ? undefined : claims.fpt;
  return {
    ...authorize(parts, context, claims, browser, dpopNonce),
    refresh: { generation, boundBefore, reported, fingerprint },
  };
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

function authorize(
  { revocations }: ScopedAuthParts,
  context: CallContext,
  claims: Claims,
  { verdict }: KnownBrowser,
  dpopNonce: string,
): Authorized {
  const fingerprintChecked = verdict !== 'not compared';
  noteStep(context, 'scoped-auth', fingerprintChecked ? 'Valid token and valid fingerprint' : 'Valid token');
  return {
    authorized: true,
    auth_account: { account_id: accountId(claims.aud), account_sid: claims.aud },
    grants: claims.grants,
    identity: claims.sub,
    deploymentSid: claims.dep,
    tokenId: claims.jti,
    session: { id: claims.sid, startedAt: claims.sst, generation: claims.gen },
    expiration: expirationOf(claims.exp * 1000),
    refreshableUntil: claims.rfu,
    absoluteEnd: claims.end,
    proofKeyThumbprint: claims.cnf?.jkt,
    fingerprintChecked,
    proofChecked: claims.cnf !== undefined,
    revocationsAsOf: asOf(revocations.asOfMs()),
    dpopNonce,
  };
}
