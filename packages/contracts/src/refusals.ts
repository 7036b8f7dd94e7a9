// Every way in which Gangway says no. One table gives the HTTP status, the public words and the page in the docs;
// one error class carries a refusal through the code and over the wire between services.

/** The codes that a client can see, their HTTP status, and what they tell a person who reads the body. */
export const refusals = {
  invalid_request: { status: 400, message: 'The request is malformed or lacks a field.' },
  not_found: { status: 404, message: 'There is no such route.' },
  method_not_allowed: { status: 405, message: 'This route does not take that method. The Allow header says which it takes.' },
  payload_too_large: { status: 413, message: 'The body is larger than 16 KiB.' },
  unsupported_media_type: {
    status: 415,
    message: 'Send the body as application/json or application/x-www-form-urlencoded.',
  },
  deployment_not_found: {
    status: 404,
    message: 'No active deployment has this key. Compare it with the deployment key in your configuration.',
  },
  origin_not_allowed: {
    status: 403,
    message: 'Pages of this origin may not use the deployment. Add the origin to its allowedOrigins.',
  },
  preflight_required: {
    status: 403,
    message: 'A plain HTML form can send this request. Send JSON, or add the header X-Requested-With.',
  },
  fingerprint_generation_failed: {
    status: 403,
    message: "The browser's signals are missing or malformed. Send the three signal headers as JSON objects.",
  },
  invalid_fingerprint: {
    status: 403,
    message: 'The token belongs to another browser. Ask for a new token.',
  },
  invalid_token: {
    status: 401,
    message: 'The token cannot be refreshed. Ask for a new token.',
  },
  use_dpop_nonce: { status: 401, message: 'Repeat the request with a proof that carries the nonce of the DPoP-Nonce header.' },
  invalid_dpop_proof: { status: 401, message: 'The DPoP proof is missing or does not fit this request and token.' },
  rate_limited: { status: 429, message: 'Too many requests. The Retry-After header says when to try again.' },
  overloaded: { status: 503, message: 'Too many requests are under way. The Retry-After header says when to try again.' },
  upstream_unavailable: {
    status: 503,
    message: 'A service that is needed for the answer cannot be reached. The Retry-After header says when to try again.',
  },
  caller_not_allowed: { status: 403, message: 'The caller may not use this route.' },
  internal: { status: 500, message: 'Something failed on our side. The request id finds it in the log.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

/** A code of the table of refusals. */
export type RefusalCode = keyof typeof refusals;

/** What a refusal may carry besides its code. */
export interface RefusalDetails {
  /** Replaces the table's public message. Shown to clients: never put a token, a key or a secret here. */
  readonly message?: string;
  /** For the log alone. */
  readonly detail?: string;
  /** Seconds until another try makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** The one error class of the services: a failure with a code. Verdicts (a token is not valid) are return values instead. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, details: RefusalDetails = {}) {
    super(details.message ?? refusals[code].message, { cause: details.cause });
    this.code = code;
    this.status = refusals[code].status;
    this.detail = details.detail;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The body of every error answer, of the edge and of every service. */
export interface RefusalBody {
  readonly code: RefusalCode;
  readonly message: string;
  readonly status: number;
  readonly requestId: string;
  /** Link to the page of the code. */
  readonly moreInfo: string;
}

/** Whether a string that came over the wire is a code of the table. */
export function isRefusalCode(value: unknown): value is RefusalCode {
  return typeof value === 'string' && Object.hasOwn(refusals, value);
}

/**
 * Makes the body of an error answer.
 * @param publicUrl where the docs are served; without it `moreInfo` is relative to the public address, which the edge adds
 */
export function refusalBody(code: RefusalCode, message: string, requestId: string, publicUrl = ''): RefusalBody {
  return { code, message, status: refusals[code].status, requestId, moreInfo: `${publicUrl}/docs/refusals/${code}` };
}
