// Speaks to the public edge: one request at a time, its time limit, and what came of it.

import { GangwayError } from './gangway-error.ts';
import { readAnswer } from './read-answer.ts';
import type { SessionClock } from './session-clock.ts';

/** One grant of a token: its name is in `grant`, the rest is the operator's. */
export type Role = Readonly<Record<string, unknown>>;

/** A token and what it says of the visitor. */
export interface WebchatToken {
  /** Opaque: only Gangway reads it. */
  readonly token: string;
  /** The visitor: a random UUID, kept by every refresh. */
  readonly identity: string;
  /** When the token expires by the server's clock (ISO 8601, UTC). */
  readonly expiration: string;
  /** Seconds until then, for clients whose clock is wrong. */
  readonly ttl: number;
  /** What the token is good for. */
  readonly roles: readonly Role[];
}

/** What Gangway says about the origin that asks. */
export interface OriginVerdict {
  /** The Origin header that the browser sent; null where it sent none, as with every GET to the page's own origin. */
  readonly origin: string | null;
  /** Whether pages of that origin may use the deployment. */
  readonly allowed: boolean;
  /** Why not. */
  readonly code?: 'origin_missing' | 'origin_not_allowed';
  /** The same in words. */
  readonly message?: string;
}

/** Where to ask and for which deployment. */
export interface EdgeAddress {
  /** The public address of Gangway, such as `https://chat.example`; an empty text is the page's own origin. */
  readonly url: string;
  /** The public key of the deployment (`CV…`). */
  readonly deploymentKey: string;
}

/** Headers that go along with a request. */
export type SentHeaders = Readonly<Record<string, string>>;

/** A request that shows a token, or begins a session. */
export interface Presentation {
  readonly method: string;
  /** Whole. */
  readonly url: string;
  readonly token?: string | undefined;
}

/** Sends a request with what proves that its token is ours: `send` is called with the headers to add. */
export type Present = (request: Presentation, send: SendWith) => Promise<Response>;

/** Sends a request with headers besides its own. */
export type SendWith = (headers: SentHeaders) => Promise<Response>;

/** What a session says to the edge; the answer to `Token/End` has no body. */
export type EdgePath = 'Token' | 'Token/Refresh' | 'Token/End';

/** The edge. Each request gives up after 5 seconds; each call rejects with a GangwayError. */
export interface Edge {
  post(path: EdgePath, token: string | undefined, signals: SentHeaders, present: Present): Promise<WebchatToken>;
  /** Asks whether pages of this origin may use the deployment, and why not. */
  explainOrigin(): Promise<OriginVerdict>;
}

/** How long a request may take (docs/sessions.md). */
const requestTimeoutMs = 5000;

/** The shape of a token. */
export const webchatToken = { token: '', identity: '', expiration: '', ttl: 0, roles: [] };

/** Finds the edge of a deployment. */
export function createEdge({ url, deploymentKey }: EdgeAddress, send: typeof globalThis.fetch, clock: SessionClock): Edge {
  // A proof names the whole address, also where the page names a part of it.
  const base = new URL(url.replace(/\/*$/, '/v2/Webchat/'), globalThis.document?.baseURI);

  const request = async (path: string, init?: RequestInit): Promise<Response> => {
    const patience = new AbortController();
    const cancel = clock.after(requestTimeoutMs, () => patience.abort());
    try {
      const response = await send(base + path, { ...init, credentials: 'omit', redirect: 'error', signal: patience.signal });
      // The body has to come in time too.
      return new Response((await response.text()) || null, response);
    } catch (cause) {
      throw new GangwayError('network_error', 'Gangway cannot be reached.', undefined, cause);
    } finally {
      cancel();
    }
  };

  return {
    async post(path, token, signals, present) {
      const response = await present({ method: 'POST', url: base + path, token }, (proof) =>
        request(path, {
          method: 'POST',
          headers: { ...signals, ...proof, 'content-type': 'application/json' },
          body: JSON.stringify({ deploymentKey, token }),
        }),
      );
      return (response.status === 204 ? {} : await readAnswer(response, webchatToken)) as WebchatToken;
    },
    async explainOrigin() {
      const response = await request(`Origin?${new URLSearchParams({ deploymentKey })}`);
      return (await readAnswer(response, { allowed: true })) as OriginVerdict;
    },
  };
}
