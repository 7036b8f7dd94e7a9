// Generations: how a refresh is told from a replay in a session without a proof key. Each refresh makes the next
// generation, and of one generation there may be many tokens: all tabs that refresh at once get tokens of the same.
//
// What it gives an honest client. Its tabs share the stored token, keep of two answers the one that expires later, and
// give up on a request after 5 s, half the grace: it never loses its session, whichever answers are lost, however often
// in a row, and however its tabs race.
//
// What it gives against a thief who presents a generation that was superseded longer ago than the grace: the session
// ends at once if the honest client has used its own, and at the honest client's next refresh otherwise.
// A thief who is faster (presents the current generation, or an old one within the grace) shares the session until one
// of the two refreshes more than the grace after the other: that refresh, or the next one of the other, ends it.
//
// What it does not give. A thief who refreshes within the grace of every honest refresh is never told apart, nor one who
// only uses what he stole until it expires; and while a state is lost, an old token counts as the current one. A proof
// key stops all three.

/** For how long a superseded generation is answered with the current one, in milliseconds. */
export const graceMs = 10_000;
/** Beyond so many within the grace no further generation is made: the current one is given again. It bounds the state. */
const remembered = 16;

/** What is known of a session that has been refreshed. */
export interface Generations {
  /** The newest generation. */
  readonly current: number;
  /** Whether the current one was presented: then its answer was not lost. */
  readonly used: boolean;
  /** The generation in whose place the current one came. What lies between the two is void. */
  readonly previous: Superseded;
  /** Those before it that may be within the grace still, oldest first. */
  readonly earlier: readonly Superseded[];
}

/** A generation that was refreshed. */
export interface Superseded {
  readonly generation: number;
  /** When it was last presented while that was still in order. Milliseconds since 1970. */
  readonly atMs: number;
}

/** What a generation presented at refresh is worth. */
export type RefreshVerdict =
  | {
      readonly verdict: 'accepted';
      /** The generation of the token that answers. */
      readonly generation: number;
      readonly state: Generations;
      /** The state was lost and is now what the token says. */
      readonly seeded: boolean;
    }
  | { readonly verdict: 'replayed' };

const none: readonly Superseded[] = [];

/**
 * Judges a generation that is presented at refresh. A session that is not known begins with the token: that is loss of
 * state unless the token is of generation 0, since nothing is kept of a session before its first refresh. So does one
 * that is known to be older than the token: generations cannot be forged, so what was known is out of date.
 *
 * A clock that was set back by less than the grace lengthens it by as much; by more, and the grace is over.
 */
export function presentAtRefresh(
  state: Generations | undefined,
  { generation, nowMs }: { readonly generation: number; readonly nowMs: number },
): RefreshVerdict {
  const now: Superseded = { generation, atMs: nowMs };
  const isRecent = ({ atMs }: Superseded) => Math.abs(nowMs - atMs) <= graceMs;

  if (state === undefined || generation > state.current) {
    const seeded = state !== undefined || generation > 0;
    return accept({ current: generation + 1, used: false, previous: now, earlier: none }, seeded);
  }
  const { current, used, previous, earlier } = state;
  if (generation === current) {
    const recent = [...earlier, previous].filter(isRecent);
    if (recent.length >= remembered) return accept({ ...state, used: true });
    return accept({ current: current + 1, used: false, previous: now, earlier: recent.length === 0 ? none : recent });
  }
  if (generation === previous.generation && !used) {
    // An answer was lost, or others are still under way. Within the grace the current generation is what all of them
    // get, beyond it that one is void. Either way the grace begins anew: tabs that have not heard of the current one
    // yet may be sending the same token at this moment.
    return accept({ ...state, current: isRecent(previous) ? current : current + 1, previous: now });
  }
  const isInGrace = [...earlier, previous].some((superseded) => superseded.generation === generation && isRecent(superseded));
  return isInGrace ? accept(state) : { verdict: 'replayed' };
}

/**
 * Notes that a token of a generation was used: if it is the current one, its answer was not lost, and the one before it
 * is over. Gives the same object where nothing changes.
 */
export function presentAtAccess(state: Generations, generation: number): Generations {
  return generation === state.current && !state.used ? { ...state, used: true } : state;
}

function accept(state: Generations, seeded = false): RefreshVerdict {
  return { verdict: 'accepted', generation: state.current, state, seeded };
}
