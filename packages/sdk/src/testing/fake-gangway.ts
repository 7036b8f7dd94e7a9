// A server that keeps to docs/sessions.md: tokens, generations with their ten seconds of grace, lives, and everything that
// can go wrong on the way to it and back. Its clock is the real time.

import type { ManualClock } from './manual-clock.ts';
import { refusalAnswer } from './scripted-fetch.ts';

/** What happens to one request: its answer arrives, the request or the answer is lost, or the server refuses it. */
export type Fate =
  | 'answered'
  | 'request lost'
  | 'answer lost'
  | { readonly code: string; readonly status: number; readonly headers?: Record<string, string> };

/** One request, as the server saw it. */
export interface SeenCall {
  readonly path: string;
  readonly token: string | undefined;
  /** Real time. */
  readonly at: number;
}

/** The server. */
export interface FakeGangway {
  readonly fetch: typeof globalThis.fetch;
  readonly seen: SeenCall[];
  /** What happens to the next requests. */
  fate: () => Fate;
  /** How long an answer takes. */
  latencyMs: () => number;
  /** How long tokens live that are issued from now on. */
  ttlMs: number;
  /** Most requests for one token that were ever under way at once. */
  readonly mostAtOnce: number;
  /** Whether a session was ended because an old token was presented. */
  readonly replays: number;
  /** Whether a backend would take the token now. */
  takes(token: string): boolean;
  revoke(token: string): void;
}

interface Session {
  readonly identity: string;
  readonly startedAt: number;
  current: number;
  former: number;
  used: boolean;
  supersededAt: number;
  over: boolean;
}

const idleMs = 7200_000;
const absoluteMs = 86_400_000;
const graceMs = 10_000;

/** Makes a server. */
export function fakeGangway(clock: ManualClock): FakeGangway {
  const sessions = new Map<string, Session>();
  const issued = new Map<
    string,
    { readonly session: Session; readonly generation: number; readonly at: number; readonly end: number }
  >();
  const underWay = new Map<string, number>();
  let [count, replays, mostAtOnce] = [0, 0, 0];

  const issue = (session: Session) => {
    count += 1;
    const token = `${session.identity}.${session.current}.${count}`;
    const end = Math.min(clock.real() + server.ttlMs, session.startedAt + absoluteMs);
    issued.set(token, { session, generation: session.current, at: clock.real(), end });
    const ttl = Math.floor((end - clock.real()) / 1000);
    return Response.json({ token, identity: session.identity, expiration: new Date(end).toISOString(), ttl, roles: [] });
  };
  const begin = () => {
    const identity = `visitor-${sessions.size + 1}`;
    const session = { identity, startedAt: clock.real(), current: 0, former: -1, used: false, supersededAt: 0, over: false };
    sessions.set(identity, session);
    return issue(session);
  };
  const refusal = () => refusalAnswer('invalid_token', 401);
  const refresh = (token: string) => {
    const known = issued.get(token);
    if (known === undefined || known.session.over) return refusal();
    const { session, generation, at } = known;
    if (clock.real() >= Math.min(at + idleMs, session.startedAt + absoluteMs)) return refusal();
    const inGrace = clock.real() - session.supersededAt <= graceMs;
    if (generation === session.current || (generation === session.former && !inGrace && !session.used)) {
      // Where an answer was lost, the generation that nobody used is void, and its place is taken by the next.
      session.former = generation;
      session.current += 1;
      session.used = false;
      session.supersededAt = clock.real();
      return issue(session);
    }
    if (generation === session.former && inGrace) {
      if (!session.used) session.supersededAt = clock.real();
      return issue(session);
    }
    session.over = true;
    replays += 1;
    return refusal();
  };
  const act = (path: string, token: string | undefined): Response => {
    if (path.endsWith('/End')) {
      const known = issued.get(token ?? '');
      if (known === undefined || known.session.over) return refusal();
      known.session.over = true;
      return new Response(null, { status: 204 });
    }
    return token === undefined ? begin() : refresh(token);
  };

  const server: FakeGangway = {
    seen: [],
    fate: () => 'answered',
    latencyMs: () => 50,
    ttlMs: 1800_000,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get replays() {
      return replays;
    },
    takes(token) {
      const known = issued.get(token);
      if (known === undefined || known.session.over || clock.real() >= known.end) return false;
      if (known.generation === known.session.current) known.session.used = true;
      return true;
    },
    revoke(token) {
      const known = issued.get(token);
      if (known !== undefined) known.session.over = true;
    },
    fetch: (input, init) =>
      new Promise((resolve, reject) => {
        const path = new URL(String(input)).pathname;
        const { token } = (typeof init?.body === 'string' ? JSON.parse(init.body) : {}) as { readonly token?: string };
        const fate = server.fate();
        const latencyMs = server.latencyMs();
        server.seen.push({ path, token, at: clock.real() });
        const name = token ?? 'create';
        underWay.set(name, (underWay.get(name) ?? 0) + 1);
        mostAtOnce = Math.max(mostAtOnce, underWay.get(name) ?? 0);
        const done = () => underWay.set(name, (underWay.get(name) ?? 1) - 1);
        init?.signal?.addEventListener('abort', () => {
          done();
          reject(new DOMException('aborted', 'AbortError'));
        });
        if (fate === 'request lost') return;
        clock.after(latencyMs / 2, () => {
          const answer = typeof fate === 'object' ? refusalAnswer(fate.code, fate.status, fate.headers) : act(path, token);
          if (fate === 'answer lost') return;
          clock.after(latencyMs / 2, () => {
            done();
            resolve(answer);
          });
        });
      }),
  };
  return server;
}
