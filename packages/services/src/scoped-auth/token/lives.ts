// When a token counts. Three ends: of the token, of the time in which it can be refreshed, of the session.

import type { Claims } from './claims.ts';

type Dates = Pick<Claims, 'nbf' | 'exp' | 'rfu' | 'end'>;

/**
 * Whether a token is valid now (RFC 7519, sections 4.1.4 and 4.1.5). The leeway forgives clocks of other nodes that
 * differ, in both directions. All values in seconds since 1970; `nowSeconds` may have a fraction.
 */
export function isCurrent(dates: Dates, nowSeconds: number, leewaySeconds: number): boolean {
  return hasBegun(dates, nowSeconds, leewaySeconds) && nowSeconds < dates.exp + leewaySeconds;
}

/**
 * Whether a token can be refreshed now, expired or not: a laptop that slept does not lose its chat. The idle end and
 * the absolute end have no leeway.
 */
export function isRefreshable(dates: Dates, nowSeconds: number, leewaySeconds: number): boolean {
  return hasBegun(dates, nowSeconds, leewaySeconds) && nowSeconds <= Math.min(dates.rfu, dates.end);
}

function hasBegun(dates: Dates, nowSeconds: number, leewaySeconds: number): boolean {
  return dates.nbf <= nowSeconds + leewaySeconds;
}
