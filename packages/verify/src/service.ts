// The service that is asked: which token this is, what was revoked, which keys there are. Every answer is bounded in time and
// size and checked before it is believed; every failure is the same one error, which names neither token nor credential.

import type { Moment, ServiceClock } from './clock.ts';
import { isObject, readActiveToken, type TokenFacts } from './token-facts.ts';

/** What is wrong between this backend and the service. For the log of the operator. */
export class ServiceProblem extends Error {
  override readonly name = 'ServiceProblem';
}

/** A revocation as the feed tells it. */
export interface Revocation {
  readonly kind: RevocationKind;
  readonly subject: string;
  /** Sessions that had started by then are dead, in seconds since 1970; undefined: whatever bears the id. */
  readonly cutoff: number | undefined;
  /** When it may be forgotten, in milliseconds since 1970 by the service's clock. */
  readonly expiresAtMs: number;
}
export type RevocationKind = 'token' | 'session' | 'identity' | 'deployment' | 'account';

/** A piece of the feed. */
export interface FeedPage {
  readonly revocations: readonly Revocation[];
  readonly next: number;
  readonly more: boolean;
  /** The accounts of the credential. */
  readonly accounts: readonly string[];
}

/** What can be asked. Each rejects with a ServiceProblem where no answer came that can be believed. */
export interface Service {
  /** What a token says, if it counts now and here; undefined where it does not. */
  introspect(token: string): Promise<TokenFacts | undefined>;
  revocationsAfter(after: number): Promise<FeedPage>;
  /** The members of the key set; what is in them is still to be checked. */
  publishedKeys(): Promise<readonly unknown[]>;
}

export interface ServiceDependencies {
  readonly url: string;
  readonly credential: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly serviceClock: ServiceClock;
}

/** How long an answer may take. */
export const answerTimeoutMs = 2000;
/** A page of the feed has 500 entries of some 200 bytes. */
const answerBytesMax = 1024 * 1024;
const kinds: ReadonlySet<unknown> = new Set(['token', 'session', 'identity', 'deployment', 'account']);
const subjectPattern = /^[\w-]{1,64}$/;

/** Makes the way to the service. */
export function createService({ url, credential, fetch, serviceClock }: ServiceDependencies): Service {
  const base = url.replace(/\/+$/, '');
  const authorization: Record<string, string> = credential === undefined ? {} : { authorization: `Bearer ${credential}` };

  async function ask(
    path: string,
    init: RequestInit = {},
  ): Promise<{ readonly body: Record<string, unknown>; readonly askedAt: Moment }> {
    const askedAt = serviceClock.moment();
    const answer = await fetch(base + path, {
      ...init,
      headers: { accept: 'application/json', ...authorization, ...(init.headers as Record<string, string> | undefined) },
      // A redirect would take the credential, and a visitor's token, to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new ServiceProblem(problemOf(answer.status, path));
    }
    // What an answer of the service port says was said for it; one with keys may come out of a cache.
    serviceClock.heard(Date.parse(answer.headers.get('date') ?? ''), askedAt, false);
    const body: unknown = JSON.parse(await readBounded(answer));
    if (!isObject(body)) throw new ServiceProblem(`The answer to ${path} is not an object.`);
    return { body, askedAt };
  }

  async function asking<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof ServiceProblem) throw cause;
      // The cause stays out: its text is the runtime's, and could show what was sent.
      const name = cause instanceof Error ? cause.name : 'a failure';
      throw new ServiceProblem(`${base}${path} could not be asked (${name}).`);
    }
  }

  return {
    introspect: (token) =>
      asking('/v1/ScopedAuthTokens/introspect', async () => {
        const { body } = await ask('/v1/ScopedAuthTokens/introspect', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token }),
        });
        if (body.active === false) return undefined;
        const facts = body.active === true ? readActiveToken(body) : undefined;
        if (facts === undefined) throw new ServiceProblem('The answer to an introspection has another shape than it should.');
        return facts;
      }),

    revocationsAfter: (after) =>
      asking('/v1/Revocations', async () => {
        const { body, askedAt } = await ask(`/v1/Revocations?after=${after}`);
        const page = readPage(body);
        if (page === undefined) throw new ServiceProblem('The feed of revocations has another shape than it should.');
        serviceClock.heard(Date.parse(String(body.asOf)), askedAt, true);
        return page;
      }),

    publishedKeys: () => {
      const path = credential === undefined ? '/.well-known/jwks.json' : '/v1/Keys';
      return asking(path, async () => {
        const { keys } = (await ask(path)).body;
        if (!Array.isArray(keys)) throw new ServiceProblem('The set of published keys has no list of keys.');
        return keys;
      });
    },
  };
}

function problemOf(status: number, path: string): string {
  if (status === 403) return `The service admits no backend with this credential to ${path} (403).`;
  if (status === 404) return `There is no ${path} at this address (404). With a credential, give the service port (4002).`;
  return `The service answered ${status} to ${path}.`;
}

/** The text of an answer, up to a bound. */
async function readBounded(answer: Response): Promise<string> {
  if (answer.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new ServiceProblem('An answer of the service is too long.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function readPage(body: Record<string, unknown>): FeedPage | undefined {
  const { revocations, next, more, accounts } = body;
  if (!Array.isArray(revocations) || typeof next !== 'string' || !/^\d{1,15}$/.test(next) || typeof more !== 'boolean')
    return undefined;
  if (!Array.isArray(accounts) || !accounts.every((sid) => typeof sid === 'string')) return undefined;
  const read = revocations.map(readRevocation);
  // One that cannot be understood is not passed over: it may be what ends a token.
  if (!read.every((one) => one !== undefined)) return undefined;
  return { revocations: read, next: Number(next), more, accounts };
}

function readRevocation(value: unknown): Revocation | undefined {
  if (!isObject(value)) return undefined;
  const { kind, subject, cutoff, expiresAt } = value;
  const expiresAtMs = Date.parse(String(expiresAt));
  if (!kinds.has(kind) || typeof subject !== 'string' || !subjectPattern.test(subject) || Number.isNaN(expiresAtMs))
    return undefined;
  if (cutoff !== null && !Number.isInteger(cutoff)) return undefined;
  return { kind: kind as RevocationKind, subject, cutoff: cutoff === null ? undefined : (cutoff as number), expiresAtMs };
}
