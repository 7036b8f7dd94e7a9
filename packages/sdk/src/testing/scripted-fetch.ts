// A server that says what a test tells it to, and remembers what it was asked.

import type { OriginVerdict } from '../edge.ts';

/** One request, as the server saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What comes: an answer, an error as of a network that is away, or nothing until the patience of whoever asked ends. */
export type Answer = Response | Error | 'never' | (() => Response);

/** A `fetch` whose answers are scripted. */
export interface ScriptedFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly seen: SeenRequest[];
  /** What is said to who asks about its origin; by default that is lost too. Not among those seen, but counted. */
  verdict: OriginVerdict | undefined;
  readonly explained: number;
  /** What comes next; the last answer stays. */
  answer(...answers: readonly Answer[]): void;
}

/** Makes a `fetch` that answers as told. */
export function scriptedFetch(): ScriptedFetch {
  const seen: SeenRequest[] = [];
  let script: readonly Answer[] = [];
  let explained = 0;
  const server: ScriptedFetch = {
    seen,
    verdict: undefined,
    get explained() {
      return explained;
    },
    answer: (...answers) => {
      script = answers;
    },
    fetch: async (input, init) => {
      if (String(input).includes('/Origin?')) {
        explained += 1;
        if (server.verdict === undefined) throw new TypeError('offline');
        return Response.json(server.verdict);
      }
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : {};
      seen.push({
        url: String(input),
        method: init?.method ?? 'GET',
        headers: new Headers(init?.headers),
        body: body as SeenRequest['body'],
      });
      const [next, ...rest] = script;
      if (rest.length > 0) script = rest;
      if (next === undefined) throw new TypeError('no answer was scripted');
      if (next instanceof Error) throw next;
      if (next === 'never')
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        });
      return typeof next === 'function' ? next() : next.clone();
    },
  };
  return server;
}

/** An answer with a token that lives for `ttl` seconds. */
export function tokenAnswer(token: string, ttl = 1800, identity = 'e9cb53d4-11f2-4d13-9c9b-091ccbec014a'): Response {
  const expiration = '2000-01-01T00:00:00.000Z';
  return Response.json({ token, identity, expiration, ttl, roles: [{ grant: 'chat' }] }, { status: 201 });
}

/** A refusal as the contract writes it. */
export function refusalAnswer(code: string, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  const moreInfo = `https://chat.example/docs/refusals/${code}`;
  return Response.json({ code, message: `Said ${code}.`, status, requestId: 'r1', moreInfo }, { status, headers });
}
