// Takes the token and the proof out of a request: from the headers `Authorization` and `DPoP`, of which there must be one
// each, and from nowhere else. A token in an address would be in every log on the way; one in a body, in every copy of it.

import type { Scheme } from './verdict.ts';

/** A request as Node and its frameworks have it. */
export interface NodeLikeRequest {
  /** The method, as it was asked: a proof names it. */
  readonly method?: string | undefined;
  /** Path and query, as they were asked. */
  readonly url?: string | undefined;
  /** The same before a router shortened it (Express). */
  readonly originalUrl?: string | undefined;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Names and values in turn, as they came. Node drops a second `Authorization` from `headers`: only here it shows. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** What a request presents. */
export interface Presented {
  readonly scheme: Scheme;
  readonly token: string;
  /** The `DPoP` header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** Path and query, as they were asked. Undefined where the backend itself says what the address is. */
  readonly path: string | undefined;
  /** The whole address where there is one. In a Fetch request, its host is what somebody sent. */
  readonly address: string | undefined;
}

/** Why nothing could be taken out of a request. */
export type Unreadable = 'no token' | 'several headers';

/** Of what the token behind it is made, its judge looks at. */
const schemePattern = /^(Bearer|DPoP)( +)/i;

/** Reads what a request presents. */
export function readRequest(request: Request | NodeLikeRequest): Presented | Unreadable {
  const authorization = headerOf(request, 'authorization');
  const proof = headerOf(request, 'dpop');
  if (authorization === several || proof === several) return 'several headers';
  if (authorization?.includes(',') === true) return 'several headers';
  const [, name = '', spaces = ''] = schemePattern.exec(authorization ?? '') ?? [];
  const token = authorization?.slice(name.length + spaces.length);
  if (name === '' || token === undefined || token === '' || token.includes(' ')) return 'no token';
  const { method, path, address } = targetOf(request);
  return { scheme: name.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token, proof, method, path, address };
}

function isFetchRequest(request: Request | NodeLikeRequest): request is Request {
  return typeof request.headers.get === 'function';
}

/** In place of the value of a header that came more than once. */
const several = Symbol('several');

/** The value of a header that may be there once. */
function headerOf(request: Request | NodeLikeRequest, name: string): string | undefined | typeof several {
  // Fetch joins what came several times with a comma, which neither a credential nor a proof has.
  if (isFetchRequest(request)) return request.headers.get(name) ?? undefined;
  const { headers, rawHeaders } = request;
  if (rawHeaders !== undefined && countOf(name, rawHeaders) > 1) return several;
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length === 1 ? value[0] : several;
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at];
    if (raw !== undefined && raw.length === name.length && raw.toLowerCase() === name) count += 1;
  }
  return count;
}

function targetOf(request: Request | NodeLikeRequest): Pick<Presented, 'method' | 'path' | 'address'> {
  const { method = '', url = '' } = request;
  if (!isFetchRequest(request)) return { method, path: request.originalUrl ?? url, address: undefined };
  const at = url.indexOf('/', url.indexOf('://') + 3);
  return { method, path: at < 0 ? '/' : url.slice(at), address: url };
}
