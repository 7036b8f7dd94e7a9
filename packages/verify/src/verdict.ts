// What verifying gives back. A refusal is a value like any other, with all that has to be passed on to the client; nothing
// of a token, a key or a credential is ever in it.

import type { Grants } from '@gangway/contracts/flex-configuration';
import type { RefusalCode as ContractCode } from '@gangway/contracts/refusals';

/** A visitor whose token counts. Plain data; where one object serves several requests, it is frozen. */
export interface Visitor {
  /** What tells a visitor from a refused request. */
  readonly authorized: true;
  /** The visitor: a random UUID, kept by every refresh. */
  readonly identity: string;
  /** The sid of the account (`AC…`). */
  readonly account: string;
  /** The sid of the deployment (`DP…`). */
  readonly deployment: string;
  /** What the visitor may do, as the deployment declares it. */
  readonly grants: Grants;
  /** The session: the same in all tokens of it. */
  readonly session: string;
  /** When the session began, in seconds since 1970 by the service's clock. */
  readonly sessionStartedAt: number;
  /** The `jti` of this one token. */
  readonly tokenId: string;
  /**
   * Always false: a verifier compares no signals, which pages send to Gangway alone. They were compared when the token was
   * made, and are at each refresh. Ask `POST /v1/ScopedAuthTokens/validate` where you have them.
   */
  readonly fingerprintChecked: false;
  /** Whether a proof by the key of the token was verified. False means that the token is bound to no key. */
  readonly proofChecked: boolean;
  /** When the token expires, in milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number;
  /** The same as the token says it: seconds since 1970 by the service's clock. */
  readonly expiration: number;
  /** When it was verified, in milliseconds since 1970 by this machine's clock. */
  readonly verifiedAt: number;
}

/** The codes that a verifier refuses with; their pages are under `docs/refusals`. */
export type RefusalCode = Extract<
  ContractCode,
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'overloaded'
  | 'upstream_unavailable'
  | 'internal'
>;

/** A request that must not pass. */
export interface RefusedRequest {
  /** What tells a refused request from a visitor. */
  readonly authorized: false;
  /** Why, for programs: clients of Gangway know what to do about each. */
  readonly code: RefusalCode;
  /** Why, for people. It may be shown to the client. */
  readonly message: string;
  /** The HTTP status to answer with. */
  readonly status: number;
  /** To be set on the answer: `WWW-Authenticate`, `DPoP-Nonce`, `Retry-After`, each where it belongs. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What `verify` gives. */
export type Verdict = Visitor | RefusedRequest;

const table: Readonly<Record<RefusalCode, { readonly status: number; readonly message: string }>> = {
  invalid_request: { status: 400, message: 'The request has more than one Authorization or DPoP header.' },
  invalid_token: { status: 401, message: 'The token does not count here, or no longer.' },
  invalid_dpop_proof: { status: 401, message: 'The DPoP proof is missing or does not fit this request and token.' },
  use_dpop_nonce: { status: 401, message: 'Repeat the request with a proof that carries the nonce of the DPoP-Nonce header.' },
  overloaded: { status: 503, message: 'Too many proofs were used of late. The Retry-After header says when to try again.' },
  upstream_unavailable: { status: 503, message: 'The service that knows the token cannot be asked. Try again soon.' },
  internal: { status: 500, message: 'This backend is not set up to verify the request.' },
};

/** How the token was presented: it decides what the client is challenged with. */
export type Scheme = 'bearer' | 'dpop';

/**
 * Makes a refusal, with the challenge that belongs to it (RFC 6750, section 3; RFC 9449, section 7.1).
 * @param headers what goes with it besides
 */
export function refuse(
  code: RefusalCode,
  {
    scheme = 'bearer',
    message,
    headers = {},
  }: { readonly scheme?: Scheme; readonly message?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): RefusedRequest {
  const { status, message: usual } = table[code];
  const challenge =
    code === 'invalid_token' && scheme === 'bearer' ? `Bearer error="${code}"` : `DPoP error="${code}", algs="ES256"`;
  const all = status === 401 ? { 'WWW-Authenticate': challenge, ...headers } : headers;
  return { authorized: false, code, message: message ?? usual, status, headers: all };
}

/** The body of an answer that refuses: what every refusal of Gangway looks like, as far as a backend knows it. */
export function refusalBody({ code, message, status }: RefusedRequest): Pick<RefusedRequest, 'code' | 'message' | 'status'> {
  return { code, message, status };
}
