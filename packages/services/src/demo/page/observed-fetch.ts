// A fetch that tells the page what became of each request: its request id, its status, and the refusal if it was one.
// Of an answer that was granted it keeps nothing, for that is a token.

import type { OriginVerdict } from '@gangway/sdk';

/** Why the page sent a request, in words for people. */
export interface Intent {
  readonly title: string;
  /** Why the answer is what it is; said beneath it. */
  readonly explanation: string;
  /** Whether the chat may be shown something in consequence. */
  readonly leadsToChat?: boolean;
}

/** A request of this page that was answered, or was not. */
export interface AnsweredRequest extends Intent {
  /** `POST /v2/Webchat/Token`. */
  readonly label: string;
  readonly at: Date;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Undefined where no answer came. */
  readonly requestId: string | undefined;
  /** Finds its calls, and those of what followed from it. */
  readonly callIds: readonly string[];
  readonly refusal: { readonly code: string; readonly message: string; readonly moreInfo: string | undefined } | undefined;
  /** The answer to the question about an origin. */
  readonly verdict: OriginVerdict | undefined;
}

/** Wraps the browser's fetch; `tell` hears of each request when it ended. */
export function observedFetch(
  intentOf: (path: string, status: number, code?: string) => Intent,
  tell: (request: AnsweredRequest) => void,
): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(String(input), location.href);
    const about = (status: number, code?: string) => ({
      ...intentOf(pathname, status, code),
      label: `${init?.method ?? 'GET'} ${pathname}`,
      at: new Date(),
    });
    try {
      const response = await fetch(input, init);
      const { status, headers } = response;
      const requestId = headers.get('x-request-id') ?? undefined;
      const words = await readWords(response.clone());
      const callIds = requestId === undefined ? [] : [requestId];
      tell({ ...about(status, words.refusal?.code), status, requestId, callIds, ...words });
      return response;
    } catch (error) {
      tell({ ...about(0), status: 0, requestId: undefined, callIds: [], refusal: undefined, verdict: undefined });
      throw error;
    }
  };
}

async function readWords(response: Response): Promise<Pick<AnsweredRequest, 'refusal' | 'verdict'>> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message, moreInfo, allowed } = (body ?? {}) as Partial<Record<string, unknown>>;
  if (response.ok) {
    return { refusal: undefined, verdict: typeof allowed === 'boolean' ? (body as OriginVerdict) : undefined };
  }
  return {
    refusal: { code: String(code ?? 'unknown'), message: String(message ?? ''), moreInfo: String(moreInfo ?? '/docs') },
    verdict: undefined,
  };
}
