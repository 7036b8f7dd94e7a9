// When a session ends: idle, a while after its last token; absolute, a while after it began.

import type { Lives } from '@gangway/contracts/flex-configuration';

/** Until when a token made now can be refreshed, and when its session is over for good (NumericDates). */
export function endsOf(
  lives: Lives,
  startedAt: number,
  now: number,
): { readonly refreshableUntil: number; readonly absoluteEnd: number } {
  const absoluteEnd = startedAt + lives.sessionMaxSeconds;
  return { refreshableUntil: Math.min(now + lives.sessionIdleSeconds, absoluteEnd), absoluteEnd };
}
