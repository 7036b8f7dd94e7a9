// Every way in which asking for a token can fail, as one error that a page can tell apart by its code.

import type { RefusalCode } from '@gangway/contracts/refusals';

/** A code of the contract, or one for what never reached Gangway or did not come from it. */
export type GangwayErrorCode = RefusalCode | 'network_error' | 'unexpected_answer';

/** What an error carries besides its code and its words. */
export interface GangwayErrorDetails {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Finds the request in the operator's log. */
  readonly requestId?: string | undefined;
  /** Link to the page of the code in the docs. */
  readonly moreInfo?: string | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Gangway refused, or could not be asked. */
export class GangwayError extends Error {
  override readonly name = 'GangwayError';
  readonly code: GangwayErrorCode;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly moreInfo: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: GangwayErrorCode, message: string, details: GangwayErrorDetails) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.moreInfo = details.moreInfo;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether the same request may succeed later: the network failed, or the server asks for patience. */
  get passing(): boolean {
    return this.code === 'network_error' || this.status === 429 || this.status >= 500;
  }
}

/** Reads the error body of the contract; an answer of something in between (a proxy) becomes `unexpected_answer`. */
export async function readRefusal(response: Response): Promise<GangwayError> {
  const { status } = response;
  const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after'));
  const body: unknown = await response.json().catch(() => undefined);
  if (isRefusalBody(body)) {
    const { code, message, requestId, moreInfo } = body;
    return new GangwayError(code, message, { status, requestId, moreInfo, retryAfterSeconds });
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  return new GangwayError('unexpected_answer', `The answer (${status}) is not one of Gangway's.`, {
    status,
    requestId,
    retryAfterSeconds,
  });
}

interface ReadBody {
  readonly code: RefusalCode;
  readonly message: string;
  readonly requestId?: string;
  readonly moreInfo?: string;
}

function isRefusalBody(body: unknown): body is ReadBody {
  if (body === null || typeof body !== 'object') return false;
  const { code, message } = body as Partial<Record<string, unknown>>;
  return typeof code === 'string' && typeof message === 'string';
}

/** Seconds; Gangway never sends the other form of the header, a date (RFC 9110, 10.2.3). */
function readRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

/** What was thrown, as a GangwayError. A fault of the page itself (its signals cannot be collected) is not hidden as another's. */
export function asGangwayError(thrown: unknown): GangwayError {
  if (thrown instanceof GangwayError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new GangwayError('unexpected_answer', message, { status: 0, cause: thrown });
}
