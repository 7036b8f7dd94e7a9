// The verifier: reads what a request presents, has the token judged by its kind, then the proof, and says who the visitor is.
// What is cheap and about the token comes first: a proof is used up only by a request that passes everything else.

import { type Awaitable, after } from './awaitable.ts';
import { createServiceClock } from './clock.ts';
import type { Primitives } from './crypto/primitives.ts';
import { primitivesHere } from './crypto/primitives-here.ts';
import { followRevocations } from './feed/follow-revocations.ts';
import { createIntrospectedTokens } from './introspected-tokens.ts';
import { readOptions, type VerifierOptions } from './options.ts';
import { createNonces } from './proof/nonces.ts';
import { createProofKeys } from './proof/proof-key.ts';
import { createReplayMemory } from './proof/replay-memory.ts';
import { httpAddressOf } from './proof/target-uri.ts';
import { verifyProof } from './proof/verify-proof.ts';
import { createPublishedKeys, UnknownKeys } from './published-keys.ts';
import { type NodeLikeRequest, type Presented, readRequest } from './read-request.ts';
import { createService, ServiceProblem } from './service.ts';
import { type TokenFacts, visitorOf } from './token-facts.ts';
import { createTokenJudge } from './token-judge.ts';
import { type RefusedRequest, refuse, type Verdict, type Visitor } from './verdict.ts';

/** A token that came in another way than in the headers of a request: in the first frame of a WebSocket. */
export interface PresentedToken {
  /** The token, as the client sent it; nobody need have looked at it. */
  readonly token: string;
  /** Made as for a request: with `ath`, a nonce of `nonce()`, and the method and address below. */
  readonly proof?: string | undefined;
  /** For a WebSocket: `GET`, the method of its handshake. */
  readonly method: string;
  /**
   * The path and query that were asked, such as `/chat`: under which hosts, `publicUrls` says. Or the whole address, `ws` and
   * `wss` too, where you know it otherwise than from the request.
   */
  readonly url: string;
}

/** Verifies for one backend. Make one, and keep it: it remembers keys, answers and used proofs. */
export interface Verifier {
  /** Says who sent a request, or why it must not pass. Never rejects. Ask once for each request: a proof counts once. */
  verify(request: Request | NodeLikeRequest): Promise<Verdict>;
  /** The same for a token that came in another way. Never rejects. */
  verifyPresented(presented: PresentedToken): Promise<Verdict>;
  /** Whether a visitor of this verifier still counts: not expired, and not revoked as far as is known here. Asks nobody. */
  isAlive(visitor: Visitor): boolean;
  /**
   * Calls once, within about a second, when the visitor is revoked; not when the token expires. Gives a function that ends
   * the watch. Needs a credential.
   */
  onRevoked(visitor: Visitor, listener: () => void): () => void;
  /** A nonce for the next proof, to be handed to a client in another way than in `DPoP-Nonce`. */
  nonce(): string;
  /** Ends what runs in the background. */
  close(): void;
}

/**
 * Makes a verifier.
 * @throws TypeError where the options cannot be right
 * @example
 * const verifier = createVerifier({ url: 'http://localhost:4002', credential, publicUrls: ['https://chat.example'] });
 * const verdict = await verifier.verify(request);
 * if (!verdict.authorized) return new Response(verdict.message, verdict);
 * return new Response(`Welcome, ${verdict.identity}`);
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return createVerifierWith(primitivesHere(), options);
}

/** Makes a verifier with one kind of cryptography. For tests and measurements; others take what is best where they run. */
export function createVerifierWith(primitives: Primitives, options: VerifierOptions): Verifier {
  const settings = readOptions(options);
  const { clock, credential, report, publicUrls, accounts: accountsNamed } = settings;
  const serviceClock = createServiceClock(clock);
  const service = createService({ ...settings, serviceClock });
  const keys = createPublishedKeys({
    ...{ service, primitives, serviceClock, report },
    refetchIntervalMs: settings.keysRefetchSecondsMin * 1000,
    ageMaxMs: settings.keysAgeSecondsMax * 1000,
  });
  const answers = createIntrospectedTokens({
    ...{ service, serviceClock },
    entriesMax: settings.answersMax,
    bytesMax: settings.answerBytesMax,
    ageMaxMs: settings.answerAgeSecondsMax * 1000,
  });
  const revocations = followRevocations({
    ...{ service, serviceClock, report },
    entriesMax: settings.revocationsMax,
    pollIntervalMs: settings.pollIntervalMs,
    forget: answers.clear,
  });
  const nonces = createNonces(primitives, clock, settings.nonceSecret ?? credential);
  const proofDependencies = {
    ...{ nonces, primitives },
    proofKeys: createProofKeys(primitives),
    replayMemory: createReplayMemory(clock, settings.proofsMax),
  };

  const tokens = createTokenJudge({ settings, primitives, serviceClock, keys, answers, revocations });

  function isOfOurs({ account }: TokenFacts): boolean {
    if (accountsNamed !== undefined && !accountsNamed.has(account)) return false;
    return credential === undefined || revocations.accounts()?.has(account) !== false;
  }

  function visitorNow(facts: TokenFacts, proofChecked: boolean): Visitor {
    const nowMs = clock.now();
    return visitorOf(facts, proofChecked, nowMs + (facts.expiration * 1000 - serviceClock.now()), nowMs);
  }

  function judge(request: Presented): Awaitable<Verdict> {
    return after(tokens.judge(request.token), (judged) => {
      if (judged === undefined || !isOfOurs(judged.facts)) return refuse('invalid_token', request);
      const { proofKey } = judged.facts;
      if (proofKey !== undefined) return judgeProof(request, judged.facts, proofKey);
      judged.visitor ??= Object.freeze(visitorNow(judged.facts, false));
      return judged.visitor;
    });
  }

  async function judgeProof(
    { scheme, token, proof, method, path, address }: Presented,
    facts: TokenFacts,
    thumbprint: string,
  ): Promise<Verdict> {
    if (scheme === 'bearer' || proof === undefined) return refuseProof('invalid_dpop_proof');
    const targets = targetsOf(path, address);
    if (targets === undefined) {
      report(new Error('A token that is bound to a key was refused: give createVerifier the publicUrls of this backend.'));
      return refuse('internal', { message: 'This backend does not know its own address, and so cannot check a proof.' });
    }
    const verdict = await verifyProof({ proof, method, targets, token, thumbprint }, proofDependencies);
    if (verdict === 'valid') return visitorNow(facts, true);
    if (verdict === 'memory full') return overloaded();
    return refuseProof(verdict === 'nonce required' ? 'use_dpop_nonce' : 'invalid_dpop_proof');
  }

  /** The addresses that a proof may be made for; undefined where this backend does not know its own. */
  function targetsOf(path: string | undefined, address: string | undefined): readonly string[] | undefined {
    if (publicUrls === 'request' || path === undefined) return address === undefined ? undefined : [address];
    // Behind a host, anything else than a path would make another host of it.
    return path.startsWith('/') ? publicUrls?.map((url) => url + path) : [];
  }

  async function refuseProof(code: 'invalid_dpop_proof' | 'use_dpop_nonce'): Promise<RefusedRequest> {
    await nonces.ready();
    return refuse(code, { scheme: 'dpop', headers: { 'DPoP-Nonce': nonces.issue() } });
  }

  function overloaded(): RefusedRequest {
    return refuse('overloaded', { headers: { 'Retry-After': String(proofDependencies.replayMemory.roomInSeconds()) } });
  }

  async function judgeSafely(request: Presented): Promise<Verdict> {
    try {
      const verdict = judge(request);
      return verdict instanceof Promise ? await verdict : verdict;
    } catch (problem) {
      report(problem);
      if (!(problem instanceof ServiceProblem) && !(problem instanceof UnknownKeys)) return refuse('internal');
      return refuse('upstream_unavailable', { headers: { 'Retry-After': '1' } });
    }
  }

  return {
    verify(request) {
      const presented = readRequest(request);
      if (presented === 'several headers') return Promise.resolve(refuse('invalid_request'));
      if (presented === 'no token') return Promise.resolve(refuse('invalid_token', { message: 'The request brings no token.' }));
      return judgeSafely(presented);
    },

    verifyPresented({ token, proof, method, url }) {
      const where = url.startsWith('/') ? { path: url, address: undefined } : { path: undefined, address: httpAddressOf(url) };
      return judgeSafely({ scheme: proof === undefined ? 'bearer' : 'dpop', token, proof, method, ...where });
    },

    isAlive(visitor) {
      const forgotAt = revocations.forgotAt();
      if (serviceClock.now() >= visitor.expiration * 1000 || revocations.isRevoked(visitor)) return false;
      return forgotAt === undefined || visitor.verifiedAt > forgotAt.wallMs || revocations.isWatched(visitor);
    },

    onRevoked: (visitor, listener) => (credential === undefined ? () => undefined : revocations.watch(visitor, listener)),
    nonce: nonces.issue,
    close: revocations.close,
  };
}
