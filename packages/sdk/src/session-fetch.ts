// `fetch` with the visitor's token: to the origins that the page trusts with it, and nowhere else.

import { GangwayError } from './gangway-error.ts';
import type { ProofKeys } from './proof-keys.ts';
import { refusalCodeOf } from './refusal-code.ts';
import type { SessionLife } from './session-life.ts';

/** What sending with a token needs. */
export interface SessionFetchDependencies {
  readonly send: typeof globalThis.fetch;
  /** Origins, as `URL` writes them; by default the page's own. */
  readonly tokenOrigins?: readonly string[];
  readonly usable: SessionLife['usable'];
  readonly keys: ProofKeys;
}

/** A backend that refuses a token of this age would refuse the next one too. */
const freshTokenMs = 10_000;

/**
 * Makes a fetch that adds the token, and the proof where there is a key. It repeats a request once with a new token
 * where the backend finds this one invalid.
 */
export function createSessionFetch({
  send,
  usable,
  keys,
  tokenOrigins = [globalThis.location?.origin],
}: SessionFetchDependencies): typeof globalThis.fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    // A proof counts for the address that was asked, and the token must not follow to another.

    // A copy that differs in anything forgets what the page wants to say of itself, unless it is told again.
    const { method, url, mode, signal, redirect, referrer, referrerPolicy } = asked;
    const request = redirect === 'follow' ? new Request(asked, { redirect: 'error', referrer, referrerPolicy }) : asked;
    const { origin } = new URL(url);
    // Without CORS the browser would send the request and leave out the token.
    if (!tokenOrigins.includes(origin) || mode === 'no-cors') {
      throw new GangwayError('token_origin_not_allowed', `${origin} is not one of tokenOrigins.`);
    }
    signal.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    for (let refused: string | undefined; ; ) {
      const { token, key, ageMs } = await Promise.race([usable(refused), aborted]);
      const response = await keys.present(key, { method, url, token }, (proof) => {
        // A copy: the body of the request itself is kept for another try.
        const copy = request.clone();
        copy.headers.set('authorization', `${proof.dpop ? 'DPoP' : 'Bearer'} ${token}`);
        if (proof.dpop) copy.headers.set('dpop', proof.dpop);
        return send(copy);
      });
      const again = !refused && ageMs > freshTokenMs && (await refusalCodeOf(response)) === 'invalid_token';
      if (!again) return response;
      refused = token;
    }
  };
}
