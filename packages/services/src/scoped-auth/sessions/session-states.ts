// What Scoped Auth remembers of sessions without a proof key, as an interface: in the memory of one node, or in a store
// that several nodes share.

/** A token of a session, presented at refresh, that has passed every other check. */
export interface PresentedToken {
  readonly sessionId: string;
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /**
   * Until when any token of the session can be refreshed, the one that will answer included (NumericDate). The state
   * may be forgotten after it. Too early an end is no harm to the visitor: the state is seeded again.
   */
  readonly refreshableUntil: number;
}

/** The verdict over it. The session of a replay has ended: no token of it is ever accepted at refresh again. */
export type SessionVerdict =
  | {
      readonly verdict: 'accepted';
      /** The generation of the token that answers. */
      readonly generation: number;
      /** The state was lost before, and came from the token. */
      readonly seeded: boolean;
    }
  | { readonly verdict: 'replayed' };

/**
 * The states of sessions. Each operation is atomic: of two that come at once, one finds what the other left. Those that
 * give a promise may be refused with `upstream_unavailable` where the states are not in this process.
 */
export interface SessionStates {
  /** Judges and advances a session. Call it last: a refusal after it costs the visitor what a lost answer costs. */
  refresh(token: PresentedToken): Promise<SessionVerdict>;
  /**
   * Notes that a token was used. Best effort, and nothing to wait for: where the note is lost, a replay of the token
   * before is noticed at the next honest refresh instead of at once.
   */
  access(sessionId: string, generation: number): void;
  /**
   * Counts a refusal by fingerprint, for the lockout; kept as long as the state. Not for sessions with a proof key.
   * The one that reaches `refusalsMax` ends the session with the count itself: of guesses that come at once, none that
   * is judged after it can be right.
   * @returns how many there were in this session, this one included
   */
  countFingerprintRefusal(token: Omit<PresentedToken, 'generation'> & { readonly refusalsMax: number }): Promise<number>;
}
