// Judges tokens, each kind in its way: encrypted ones by what the service said of them, signed ones here. Both are held against
// the feed of revocations.

import { type Awaitable, after } from './awaitable.ts';
import type { Moment, ServiceClock } from './clock.ts';
import type { Primitives } from './crypto/primitives.ts';
import type { Revocations } from './feed/follow-revocations.ts';
import type { Answer, IntrospectedTokens } from './introspected-tokens.ts';
import type { Settings } from './options.ts';
import type { PublishedKeys } from './published-keys.ts';
import { readSignedToken } from './signed-tokens.ts';
import type { TokenFacts } from './token-facts.ts';
import type { Visitor } from './verdict.ts';

/** A token that counts now. The visitor is kept with it, for as long as it is remembered. */
export interface JudgedToken {
  readonly facts: TokenFacts;
  visitor?: Visitor;
}

export interface TokenJudge {
  /**
   * What a token says, if it counts now; undefined for every other, and for what is no token. Judges no account. Answers at
   * once where nobody has to be asked.
   * @throws ServiceProblem or UnknownKeys, by a promise, where that cannot be known
   */
  judge(token: string): Awaitable<JudgedToken | undefined>;
}

export interface TokenJudgeDependencies {
  readonly settings: Pick<Settings, 'credential' | 'silenceMsMax' | 'leewaySeconds' | 'answerAgeSecondsMax'>;
  readonly primitives: Primitives;
  readonly serviceClock: ServiceClock;
  readonly keys: PublishedKeys;
  readonly answers: IntrospectedTokens;
  readonly revocations: Revocations;
}

/** Longer tokens are refused before anything is decoded (characters). */
const tokenLengthMax = 8192;

/** Makes a judge of tokens. */
export function createTokenJudge(dependencies: TokenJudgeDependencies): TokenJudge {
  const { settings, primitives, serviceClock, keys, answers, revocations } = dependencies;
  const { credential, silenceMsMax } = settings;
  const leewayMs = settings.leewaySeconds * 1000;
  const followMs = settings.answerAgeSecondsMax * 1000;
  const isHeardOf = (moment: Moment | undefined) => moment !== undefined && serviceClock.elapsedSince(moment) <= silenceMsMax;

  /** Whether all that was revoked since an answer is known, but for the silence that is allowed. */
  const isFollowed = ({ askedAt }: Answer) => isHeardOf(askedAt) || isHeardOf(revocations.heardAt());

  /** What is remembered of an encrypted token, if it may still be used and nothing speaks against it. */
  function recall(tokenHash: string): Answer | undefined {
    const answer = answers.recall(tokenHash);
    if (answer === undefined || !isFollowed(answer)) return undefined;
    if (revocations.isRevoked(answer.facts)) {
      answers.forget(tokenHash);
      return undefined;
    }
    revocations.followFor(followMs);
    return answer;
  }

  /** What the service says of an encrypted token that is not remembered, or was for too long without hearing the feed. */
  async function ask(tokenHash: string, token: string): Promise<Answer | undefined> {
    // One hearing makes all answers count again. Where it fails, this token is asked about.
    if (answers.recall(tokenHash) !== undefined) await revocations.hear().catch(() => undefined);
    const answer = recall(tokenHash) ?? (await answers.ask(tokenHash, token));
    if (answer === undefined) return undefined;
    // It may have been revoked while the answer was on its way.
    if (revocations.isRevoked(answer.facts)) {
      answers.forget(tokenHash);
      return undefined;
    }
    revocations.followFor(followMs);
    return answer;
  }

  function introspect(token: string): Awaitable<Answer | undefined> {
    return after(primitives.sha256(token), (tokenHash) => recall(tokenHash) ?? ask(tokenHash, token));
  }

  /** Judges what a signed token says by its dates, and by the feed where there is a credential. */
  function judgeFacts(facts: TokenFacts, token: string): Awaitable<JudgedToken | undefined> {
    const nowMs = serviceClock.now();
    if (nowMs >= facts.expiration * 1000 + leewayMs || facts.notBefore * 1000 > nowMs + leewayMs) return undefined;
    if (credential === undefined) return { facts };
    if (!revocations.isWhole()) return introspect(token);
    revocations.followFor(followMs);
    return revocations.isRevoked(facts) ? undefined : { facts };
  }

  function judgeSigned(token: string): Awaitable<JudgedToken | undefined> {
    return after(readSignedToken(token, keys), (facts) => {
      if (facts === undefined) return undefined;
      if (credential === undefined || isHeardOf(revocations.heardAt())) return judgeFacts(facts, token);
      // The feed tells the service's time too: it is heard before any date is judged.
      return revocations.hear().then(() => judgeFacts(facts, token));
    });
  }

  return {
    judge(token) {
      const kind = kindOf(token);
      if (kind === 'signed') return judgeSigned(token);
      // Without a credential nobody can say what is in an encrypted token.
      return kind === 'encrypted' && credential !== undefined ? introspect(token) : undefined;
    },
  };
}

/** Which kind a token claims to be: five parts are encrypted, three signed (RFC 7516, section 9); else it is no token. */
function kindOf(token: string): 'encrypted' | 'signed' | undefined {
  if (typeof token !== 'string' || token.length > tokenLengthMax) return undefined;
  let dots = 0;
  for (let at = token.indexOf('.'); at >= 0 && dots < 5; at = token.indexOf('.', at + 1)) dots += 1;
  return dots === 4 ? 'encrypted' : dots === 2 ? 'signed' : undefined;
}
