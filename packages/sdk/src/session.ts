// A visitor's session with one deployment, as a page uses it. Nothing of it exists before the visitor consents.

import type { LockRequests } from './browser-locks.ts';
import { createEdge, type SentHeaders } from './edge.ts';
import { GangwayError } from './gangway-error.ts';
import type { PageEvents } from './page-events.ts';
import type { ProofKeys } from './proof-keys.ts';
import type { Random } from './refresh-timing.ts';
import { browserClock, type SessionClock } from './session-clock.ts';
import { createSessionFetch } from './session-fetch.ts';
import { beginLife, type SessionLife } from './session-life.ts';
import type { SessionState } from './session-state.ts';
import { type SessionStorage, safeStorage } from './session-storage.ts';

/** What a session is made from. All but the address and the key have a default. */
export interface SessionOptions {
  /** The public address of Gangway, such as `https://chat.example`; an empty text is the page's own origin. */
  readonly url: string;
  /** The public key of the deployment (`CV…`). */
  readonly deploymentKey: string;
  /**
   * Whether the visitor agrees. Before it says yes nothing is collected, stored or read, no key is made and nothing is
   * sent. It is asked when the session is made, and after a no at each call again. Without it, the page has seen to that.
   */
  readonly consent?: () => boolean | Promise<boolean>;
  /** The origins that `fetch` may send the token to, such as `https://api.chat.example`; by default the page's own alone. */
  readonly tokenOrigins?: readonly string[];
  /** Where the session is kept for reloads and other tabs; the default is `localStorage`, or memory where that is blocked. */
  readonly storage?: SessionStorage;
  /** Sends what the session sends; by default the browser's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Gives the signal headers for a session that began at that time; by default `collectSignals`. */
  readonly signals?: (loginTimestamp: string) => SentHeaders;
  /** Time and timers; by default the browser's. */
  readonly clock?: SessionClock;
  /** Numbers in [0, 1); by default `Math.random`. */
  readonly random?: Random;
  /** By default the browser's Web Locks; null: as in a browser that has none. */
  readonly locks?: LockRequests | null;
  /** Tells what happens to the page; by default its own events. */
  readonly page?: PageEvents;
}

/** A chat token that stays valid. */
export interface WebchatSession {
  /**
   * A token that is valid now: the one at hand, or one that is asked for.
   * @throws GangwayError where none can be had; after a failure that passes, the session goes on trying by itself
   */
  getToken(): Promise<string>;
  /**
   * Like `fetch`, with the token and, where the session has a key, the proof. Goes to `tokenOrigins` only. Redirects are
   * errors. Repeats once where the backend asks for a nonce, and once with a new token where it finds this one invalid.
   * @throws GangwayError `token_origin_not_allowed` before anything is sent, or what `getToken` throws; else what `fetch` throws
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * What a transport that is no `fetch` shows: the token, and a proof for one request to that address, such as the
   * opening of a WebSocket. `ws` and `wss` addresses count as `http` and `https`.
   * @param options the method of the request (`GET`), and the nonce that the other side gave; by default the last one of its origin
   * @throws GangwayError
   */
  present(
    url: string | URL,
    options?: { readonly method?: string; readonly nonce?: string },
  ): Promise<{ readonly token: string; readonly proof: string | undefined }>;
  /**
   * Refreshes at once, or begins where there is nothing to refresh. A newer token of another tab does as well.
   * @throws GangwayError
   */
  refresh(): Promise<void>;
  /**
   * Forgets this session, in all tabs, and begins another with another identity; one, however many tabs ask for it at once.
   * @throws GangwayError
   */
  startAnew(): Promise<void>;
  /**
   * Ends the session at the server, and forgets it and its key in all tabs. Fulfilled too where it was over already.
   * @throws GangwayError where the server could not be told: nothing is forgotten, so it can be tried again
   */
  end(): Promise<void>;
  /** The visitor: a random UUID; undefined where there is no session. */
  readonly identity: string | undefined;
  /** Milliseconds since 1970 by this browser's clock, or undefined where there is no token. */
  readonly expiresAt: number | undefined;
  /** Where the session stands: the same object until that changes. */
  readonly state: SessionState;
  /** Calls `listener` at every change of state, also by other tabs; the function it gives ends that. */
  onChange(listener: (state: SessionState) => void): () => void;
  /** Ends the timers and listeners of this object, those of `onChange` too. The session itself lives on in the storage. */
  close(): void;
}

/**
 * Makes a session. It goes on with the one that the storage holds, and else sends nothing before a token is asked for.
 * @param keys the proofs that the build can make
 */
export function createSession(options: SessionOptions, keys: ProofKeys): WebchatSession {
  const { consent, clock = browserClock, random = Math.random, fetch = (input, init) => globalThis.fetch(input, init) } = options;
  const edge = createEdge(options, fetch, clock);
  const listeners = new Set<(state: SessionState) => void>();
  let state: SessionState = { status: 'idle', roles: [], bound: false };
  let life: SessionLife | undefined;
  let admitted: Promise<SessionLife> | undefined;
  let closed = false;

  const changed = (next: SessionState) => {
    state = next;
    for (const listener of listeners) {
      try {
        listener(state);
      } catch (thrown) {
        // A fault of one listener is nothing that the session or the others should suffer from.
        console.error(thrown);
      }
    }
  };
  const open = (): SessionLife => {
    const name = `gangway:${options.deploymentKey}`;
    life = beginLife({ ...options, name, storage: safeStorage(options.storage), edge, keys, clock, random, changed });
    if (closed) life.close();
    return life;
  };
  /** The session, once the visitor agrees. Whoever asks meanwhile waits for the same answer. */
  const admit = (): Promise<SessionLife> => {
    admitted ??= Promise.resolve()
      .then(consent)
      .then((agreed) => {
        if (agreed !== true) throw agreed;
        return open();
      })
      .catch((cause: unknown) => {
        admitted = undefined;
        throw new GangwayError('consent_required', 'The visitor has not agreed.', undefined, cause);
      });
    return admitted;
  };
  if (consent) admit().catch(() => {});
  else admitted = Promise.resolve(open());

  const usable = (not?: string) => admit().then((session) => session.usable(not));

  return {
    getToken: async () => (await usable()).token,
    fetch: createSessionFetch({ ...options, send: fetch, usable, keys }),
    async present(address, { method = 'GET', nonce } = {}) {
      const { token, key } = await usable();
      const url = new URL(address, globalThis.document?.baseURI).href.replace(/^ws/, 'http');
      return { token, proof: await keys.prove(key, { method, url, token }, nonce) };
    },
    refresh: () => admit().then((session) => session.refresh()),
    startAnew: () => admit().then((session) => session.startAnew()),
    end: () => admit().then((session) => session.end()),
    get identity() {
      return state.identity;
    },
    get expiresAt() {
      return state.expiresAt;
    },
    get state() {
      return state;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      listeners.clear();
      life?.close();
    },
  };
}
