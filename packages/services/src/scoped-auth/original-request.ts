// The visitor's own request, as the proxy tells it that asks about it: the method and the address that a proof of
// possession must be made for. Three ways of telling are in use.

import type { IncomingHttpHeaders } from 'node:http';

/** What a proof is compared with. Empty where nobody told it: no proof fits that. */
export interface OriginalRequest {
  readonly htm: string;
  readonly htu: readonly string[];
}

/** Nothing that can be trusted. */
export const unknownRequest: OriginalRequest = { htm: '', htu: [] };

/**
 * Reads the headers of a proxy that is trusted: `X-Original-Method` and `X-Original-URL` (nginx), or
 * `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri` (Traefik, Caddy). Where both ways are there, the visitor wrote one of
 * them, and neither counts.
 */
export function readOriginalRequest(headers: IncomingHttpHeaders): OriginalRequest {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [method, url] = [text('x-original-method'), text('x-original-url')];
  const [forwardedMethod, forwardedUri] = [text('x-forwarded-method'), text('x-forwarded-uri')];
  const isOriginal = method !== undefined || url !== undefined;
  if (isOriginal && (forwardedMethod !== undefined || forwardedUri !== undefined)) return unknownRequest;
  if (isOriginal) return requestTo(method, url);
  const [scheme, host] = [text('x-forwarded-proto'), text('x-forwarded-host')];
  const isWhole = scheme !== undefined && host !== undefined && forwardedUri?.startsWith('/') === true;
  return requestTo(forwardedMethod, isWhole ? `${scheme}://${host}${forwardedUri}` : undefined);
}

/**
 * Reads a request that came in the visitor's own form, its path behind a prefix (Envoy): method and host are the visitor's.
 * @param url the path and query, with the prefix
 */
export function readPrefixedRequest(headers: IncomingHttpHeaders, method: string, url: string, prefix: string): OriginalRequest {
  const { host, 'x-forwarded-proto': scheme } = headers;
  const target = url.slice(prefix.length);
  // A prefix that came in another spelling has another length, and what is left would make another host of this one.
  if (host === undefined || typeof scheme !== 'string' || !target.startsWith('/')) return unknownRequest;
  return requestTo(method, `${scheme}://${host}${target}`);
}

function requestTo(method: string | undefined, url: string | undefined): OriginalRequest {
  const [address] = url?.split(/[?#]/, 1) ?? [];
  return method === undefined || address === undefined ? unknownRequest : { htm: method, htu: [address] };
}
