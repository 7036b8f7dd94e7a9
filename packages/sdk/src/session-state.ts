// What a page can know of its session at any moment.

import type { Role } from './edge.ts';
import type { GangwayError } from './gangway-error.ts';

/**
 * Where a session stands.
 * - `idle`: nothing was asked for yet
 * - `asking`: a request is under way
 * - `active`: there is a token, and it is refreshed in time
 * - `waiting`: a try failed in a way that passes, and another follows by itself
 * - `refused`: Gangway said no to this page or deployment. The session is kept, and tried again when the page wakes up, at a reload, or by `refresh`
 * - `ended`: the session is over for good; only `startAnew` helps
 */
export type SessionStatus = 'idle' | 'asking' | 'active' | 'waiting' | 'refused' | 'ended';

/** A session as a page sees it. Times are milliseconds since 1970 by this browser's clock, reckoned from the server's `ttl`. */
export interface SessionState {
  /** Where it stands. */
  readonly status: SessionStatus;
  /** The visitor: a random UUID; undefined where there is no session. */
  readonly identity?: string | undefined;
  /** What the token is good for; empty where there is none. */
  readonly roles: readonly Role[];
  /** When the token expires; undefined where there is none. */
  readonly expiresAt?: number | undefined;
  /** When the session asks by itself the next time. */
  readonly nextRequestAt?: number | undefined;
  /** Whether the session is bound to a key, so that its token is worth nothing elsewhere. */
  readonly bound: boolean;
  /** Why it waits, was refused, or ended. */
  readonly error?: GangwayError | undefined;
}
