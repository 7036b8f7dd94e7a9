// The calls of the public edge, one function each. It keeps nothing: a session stands on it.

import { GangwayError, readRefusal } from './gangway-error.ts';

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
  readonly roles: readonly Role[];
}

/** What Gangway says about the origin that asks. */
export interface OriginVerdict {
  /** The Origin header that the browser sent; null where it sent none, as with every GET to the page's own origin. */
  readonly origin: string | null;
  readonly allowed: boolean;
  readonly code?: 'origin_missing' | 'origin_not_allowed';
  readonly message?: string;
}

/** Where to ask and for which deployment. */
export interface ClientOptions {
  /** The public address of Gangway, such as `https://chat.example`; an empty text is the page's own origin. */
  readonly url: string;
  /** The public key of the deployment (`CV…`). */
  readonly deploymentKey: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** Headers that go along with a request. */
export type Headers = Readonly<Record<string, string>>;

/** The public calls. Each rejects with a GangwayError. */
export interface WebchatClient {
  /** Begins a session. */
  createToken(signals: Headers): Promise<WebchatToken>;
  /** Goes on with a session: a later token for the same identity. */
  refreshToken(token: string, signals: Headers): Promise<WebchatToken>;
  /** Asks whether pages of this origin may use the deployment, and why not. */
  explainOrigin(): Promise<OriginVerdict>;
}

/** Makes the calls of one deployment. */
export function createWebchatClient(options: ClientOptions): WebchatClient {
  const { deploymentKey } = options;
  const send = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const base = options.url.replace(/\/+$/, '');

  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    let response: Response;
    try {
      response = await send(`${base}${path}`, { ...init, credentials: 'omit', cache: 'no-store' });
    } catch (cause) {
      throw new GangwayError('network_error', 'Gangway cannot be reached, or does not let this page read its answer.', {
        status: 0,
        cause,
      });
    }
    if (!response.ok) throw await readRefusal(response);
    return response.json().catch((cause: unknown) => {
      throw unexpected(response, cause);
    });
  };
  const post = async (path: string, body: object, signals: Headers): Promise<WebchatToken> => {
    const headers = { ...signals, 'content-type': 'application/json' };
    const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (isWebchatToken(answer)) return answer;
    throw unexpected({ status: 200 });
  };

  return {
    createToken: (signals) => post('/v2/Webchat/Token', { deploymentKey }, signals),
    refreshToken: (token, signals) => post('/v2/Webchat/Token/Refresh', { deploymentKey, token }, signals),
    explainOrigin: async () =>
      (await ask(`/v2/Webchat/Origin?deploymentKey=${encodeURIComponent(deploymentKey)}`, { method: 'GET' })) as OriginVerdict,
  };
}

function unexpected({ status }: Pick<Response, 'status'>, cause?: unknown): GangwayError {
  return new GangwayError('unexpected_answer', 'The answer is not one of Gangway: something in between gave it.', {
    status,
    cause,
  });
}

function isWebchatToken(answer: unknown): answer is WebchatToken {
  if (answer === null || typeof answer !== 'object') return false;
  const { token, identity, expiration, ttl, roles } = answer as Partial<Record<keyof WebchatToken, unknown>>;
  return (
    typeof token === 'string' &&
    typeof identity === 'string' &&
    typeof expiration === 'string' &&
    typeof ttl === 'number' &&
    Array.isArray(roles)
  );
}
