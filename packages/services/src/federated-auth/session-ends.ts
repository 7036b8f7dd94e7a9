// When a session ends: idle, a while after its last token; absolute, a while after it began.

import type { Lives } from '@gangway/contracts/flex-configuration';

/**
 * Until when a token made now can be refreshed, and when its session is over for good (NumericDates).
 * @param absoluteEndBefore of a session under way: a deployment that allows longer sessions from now on does not lengthen it
 */
export function endsOf(
  { sessionIdleSeconds, sessionMaxSeconds }: Lives,
  startedAt: number,
  now: number,
  absoluteEndBefore = Number.POSITIVE_INFINITY,
): { readonly refreshableUntil: number; readonly absoluteEnd: number } {
  const absoluteEnd = Math.min(startedAt + sessionMaxSeconds, absoluteEndBefore);
  return { refreshableUntil: Math.min(now + sessionIdleSeconds, absoluteEnd), absoluteEnd };
}
