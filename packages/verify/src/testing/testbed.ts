// What the tests of verifying start from: the real Scoped Auth behind a fetch, each side with a clock that the test moves.

import { randomUUID } from 'node:crypto';
import type { CallContext, InputOf } from '@gangway/contracts/contract';
import type { scopedAuth as contract, RevocationKind } from '@gangway/contracts/scoped-auth';
import { recordedLog } from '../../../services/src/platform/testing/recorded-log.ts';
import { createScopedAuth } from '../../../services/src/scoped-auth/create-scoped-auth.ts';
import { proofClient } from '../../../services/src/scoped-auth/proof/testing/proofs.ts';
import { openRevocations } from '../../../services/src/scoped-auth/revocations/open-revocations.ts';
import type { RevocationStore } from '../../../services/src/scoped-auth/revocations/revocation-store.ts';
import { testKeyRing } from '../../../services/src/scoped-auth/testing/fixtures.ts';
import { memoryRevocationStore } from '../../../services/src/scoped-auth/testing/memory-revocation-store.ts';
import type { Clock } from '../clock.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { primitivesHere } from '../crypto/primitives-here.ts';
import type { VerifierOptions } from '../options.ts';
import type { Verdict } from '../verdict.ts';
import { createVerifierWith } from '../verifier.ts';

export const account = `AC${'1'.repeat(32)}`;
export const otherAccount = `AC${'9'.repeat(32)}`;
export const deployment = `DP${'2'.repeat(32)}`;
export const publicUrl = 'https://chat.example';
export const address = `${publicUrl}/ask`;
const startMs = Date.UTC(2030, 0, 1);

/** A machine's clocks, to be moved: both by time that passes, one by being set. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
  /** Sets the clock as a person would; no time passes. */
  set(byMs: number): void;
  /** The machine sleeps: the clock that nobody sets stands still. */
  sleep(ms: number): void;
}

export function movableClock(): MovableClock {
  let now = startMs;
  let uptime = 1000;
  return {
    now: () => now,
    uptime: () => uptime,
    advance(ms) {
      now += ms;
      uptime += ms;
    },
    set(byMs) {
      now += byMs;
    },
    sleep(ms) {
      now += ms;
    },
  };
}

export interface TestbedOptions extends Partial<Omit<VerifierOptions, 'fetch' | 'clock' | 'report'>> {
  readonly primitives?: Primitives;
  readonly store?: RevocationStore;
  /** By how much the backend's clock differs from the service's. */
  readonly clockDifferenceMs?: number;
}

type Generate = InputOf<typeof contract, 'generate'>;

/** A service and a verifier before it. */
export async function testbed({ primitives = primitivesHere(), store, clockDifferenceMs = 0, ...options }: TestbedOptions = {}) {
  const clock = movableClock();
  const serviceClock = movableClock();
  clock.set(clockDifferenceMs);
  const { log } = recordedLog();
  const keyRing = await testKeyRing({ clock: serviceClock });
  const following = { clock: serviceClock, log, sessionSecondsMax: 2_592_000, clockLeewaySeconds: 60 };
  let revocations = await openRevocations({ ...following, store: store ?? memoryRevocationStore() });
  const parts = () => createScopedAuth({ clock: serviceClock, keyRing, revocations, log, clockLeewaySeconds: 60 });
  let scopedAuth = parts();
  const calls: string[] = [];
  const problems: unknown[] = [];
  const accounts = [account];
  const state = { away: false, before: async (_path: string): Promise<void> => undefined, keys: keyRing.publishedKeys };

  async function answer(path: string, query: URLSearchParams, body: unknown): Promise<unknown> {
    const context: CallContext = { requestId: 'test', backend: { id: 'b', accounts } };
    if (path === '/v1/ScopedAuthTokens/introspect') return scopedAuth.introspect(body as { token: string }, context);
    if (path === '/v1/Revocations') return scopedAuth.revocationFeed({ after: query.get('after') ?? '0' }, context);
    if (path === '/v1/Keys' || path === '/.well-known/jwks.json') return state.keys();
    return undefined;
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(String(input));
    calls.push(pathname);
    if (state.away) throw new TypeError('fetch failed');
    const body = await answer(pathname, searchParams, init?.body == null ? undefined : JSON.parse(String(init.body)));
    await state.before(pathname);
    if (state.away) throw new TypeError('fetch failed');
    const headers = { date: new Date(serviceClock.now()).toUTCString() };
    return body === undefined
      ? new Response('{}', { status: 404 })
      : Response.json(JSON.parse(JSON.stringify(body)), { headers });
  };

  const make = (more: Partial<VerifierOptions> = {}) =>
    createVerifierWith(primitives, {
      ...{ url: 'http://gangway.internal:4002', credential: `gwb_${'0'.repeat(16)}_${'a'.repeat(43)}`, publicUrls: [publicUrl] },
      ...options,
      ...{ fetch, clock, report: (problem) => problems.push(problem) },
      ...more,
    });
  const verifier = make();
  const seconds = () => Math.floor(serviceClock.now() / 1000);

  return {
    ...{ clock, serviceClock, calls, problems, accounts, state, keyRing, verifier, make },
    /** A token of a new session, unless told otherwise. */
    async token(changes: Partial<Generate> = {}): Promise<string> {
      const now = seconds();
      const made = await scopedAuth.generate(
        {
          ...{ accountSid: account, deploymentSid: deployment, grants: [{ grant: 'chat' }], encrypt: true, ttl: 1800 },
          ...{ refreshableUntil: now + 7200, absoluteEnd: now + 86_400 },
          session: { id: randomUUID(), startedAt: now, generation: 0 },
          ...changes,
        },
        { requestId: 'test' },
      );
      return made.token;
    },
    revoke: (kind: RevocationKind, subject: string) => revocations.revoke({ kind, subject, reason: 'a test', madeBy: 'a test' }),
    /** Puts the service on a store as it was before: from a backup. */
    async restore(backup: RevocationStore) {
      revocations = await openRevocations({ ...following, store: backup });
      scopedAuth = parts();
    },
    /** Time passes on both machines. */
    advance(ms: number) {
      clock.advance(ms);
      serviceClock.advance(ms);
    },
    bearer: (token: string, on = verifier) => on.verify(requestWith({ authorization: `Bearer ${token}` })),
    callsTo: (path: string) => calls.filter((called) => called === path).length,
  };
}

export type Testbed = Awaited<ReturnType<typeof testbed>>;

export function requestWith(headers: Record<string, string>, method = 'POST', url = `${address}?q=1`): Request {
  return new Request(url, { method, headers });
}

/** The code of a refusal, or `authorized`. */
export function codeOf(verdict: Verdict): string {
  return verdict.authorized ? 'authorized' : verdict.code;
}

/** A visitor, or a failure of the test. */
export function visitorIn(verdict: Verdict) {
  if (!verdict.authorized) throw new Error(`refused: ${verdict.code}`);
  return verdict;
}

export { proofClient };
