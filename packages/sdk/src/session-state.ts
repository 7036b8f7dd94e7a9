// What a page can know of its session at any moment.

import type { GangwayError } from './gangway-error.ts';
import type { Role } from './webchat-client.ts';

/** Where a session stands. `waiting`: a try failed and another follows by itself. `refused`: it ended; only `startAnew` helps. */
export type SessionStatus = 'idle' | 'asking' | 'active' | 'waiting' | 'refused';

/** A session as a page sees it. Times are milliseconds since 1970 by this browser's clock, reckoned from the server's `ttl`. */
export interface SessionState {
  readonly status: SessionStatus;
  readonly identity: string | undefined;
  readonly roles: readonly Role[];
  readonly expiresAt: number | undefined;
  /** When the session asks by itself the next time. */
  readonly nextRequestAt: number | undefined;
  /** Why it waits or was refused. */
  readonly error: GangwayError | undefined;
}
