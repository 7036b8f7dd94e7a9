// What the widget needs of a session. One of `@gangway/sdk` fits; so does anything else that gives a token and a proof.

/** Why a session cannot go on. */
export interface SessionProblem {
  /** A code of Gangway, such as `invalid_token`. */
  readonly code: string;
  readonly message: string;
  /** Whether the same may succeed later. */
  readonly passing?: boolean;
}

/** Where a session stands; the widget reads who it is about and until when. */
export interface SessionView {
  readonly identity?: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** A visitor's session. */
export interface ChatSession extends SessionView {
  getToken(): Promise<string>;
  /** A token, and a proof for this address where the session has a key. */
  present(url: string, options: { method: string; nonce: string }): Promise<{ token: string; proof: string | undefined }>;
  refresh(): Promise<void>;
  startAnew(): Promise<void>;
  onChange(listener: (state: SessionView) => void): () => void;
}

/** What a session threw, as words and a code; anything else is a fault of the page, and not tried again by itself. */
export function problemOf(thrown: unknown): SessionProblem {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') {
    const passing = 'passing' in thrown && thrown.passing === true;
    return { code: thrown.code, message: thrown.message, passing };
  }
  return { code: 'unexpected', message: thrown instanceof Error ? thrown.message : String(thrown) };
}
