// Every way in which a session can fail, as one error that a page can tell apart by its code.

import type { RefusalCode } from '@gangway/contracts/refusals';

/** What the SDK says by itself, besides the codes of the contract. */
export type OwnErrorCode =
  /** No answer came, or the browser does not let this page read it. */
  | 'network_error'
  /** Something in between answered in the place of Gangway. */
  | 'unexpected_answer'
  /** The consent hook did not say yes. It is asked again at the next call. */
  | 'consent_required'
  /** The deployment requires a proof of possession, and this browser or build cannot make one, or not now; the message says why. */
  | 'proof_unavailable'
  /** The session is bound to a key that this browser has lost. Only `startAnew` helps. */
  | 'proof_key_lost'
  /** The session was ended, in this tab or another, or its storage was cleared. Only `startAnew` helps. */
  | 'session_ended'
  /** `fetch` was asked to send the token to an origin that is not in `tokenOrigins`. Nothing was sent. */
  | 'token_origin_not_allowed';

/** A code of the contract, or one of the SDK's own. */
export type GangwayErrorCode = RefusalCode | OwnErrorCode;

/** What an error carries besides its code and its words. */
export interface GangwayErrorDetails {
  /** The HTTP status; 0 where no answer came. */
  readonly status?: number | undefined;
  /** Finds the request in the operator's log. */
  readonly requestId?: string | undefined;
  /** Link to the page of the code in the docs. */
  readonly moreInfo?: string | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Gangway refused, or could not be asked. */
export class GangwayError extends Error implements GangwayErrorDetails {
  /** For whoever has another copy of this class: `GangwayError`. */
  override readonly name = 'GangwayError';
  /** What happened, for programs; the message says it for people. */
  declare readonly code: GangwayErrorCode;
  /** The HTTP status; 0 where no answer came. */
  declare readonly status: number;
  /** Finds the request in the operator's log. */
  declare readonly requestId: string | undefined;
  /** Link to the page of the code in the docs. */
  declare readonly moreInfo: string | undefined;
  /** Seconds until another try makes sense, where the server said so. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(code: GangwayErrorCode, message: string, details: GangwayErrorDetails = {}, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    // By name: an answer may have any member, such as one that changes what this error is.
    this.status = details.status ?? 0;
    this.requestId = details.requestId;
    this.moreInfo = details.moreInfo;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether the same request may succeed later: the network failed, or the server asks for patience. */
  get passing(): boolean {
    // A nonce that was too old on arrival: the machine fell asleep between question and answer. A key that is there and
    // could not be read: Safari's IndexedDB.
    const codes = ['network_error', 'use_dpop_nonce', this.status ? '' : 'proof_unavailable'];
    return codes.includes(this.code) || this.status === 429 || this.status >= 500;
  }

  /** Whether the session can never go on: only `startAnew` helps. */
  get final(): boolean {
    return ['invalid_token', 'proof_key_lost', 'session_ended'].includes(this.code);
  }
}

/** What was thrown, as a GangwayError. A fault of the page itself (its signals cannot be collected) is not hidden as another's. */
export function asGangwayError(thrown: unknown): GangwayError {
  return thrown instanceof GangwayError ? thrown : new GangwayError('unexpected_answer', messageOf(thrown), undefined, thrown);
}

/** The words of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return String((thrown as Error | undefined)?.message ?? thrown);
}
