// Is this the browser that the token was made for? The signals are compared one by one and scored, so that a browser
// that updates itself or a visitor who travels is followed, and only what no visitor does by accident is refused.

import { timingSafeEqual } from 'node:crypto';
import type { Signals } from '@gangway/contracts/fingerprint';
import type { Sensitivity } from '@gangway/contracts/flex-configuration';

/** The name of one signal. */
export type SignalName = keyof Signals;

/** What a comparison came to. */
export interface Score {
  readonly accepted: boolean;
  /** The signals that differ, whether or not the level minds them. Names only, fit for counters and logs. */
  readonly changed: readonly SignalName[];
}

/** What refuses by itself, and how many of the scored signals may not change together. */
interface Rules {
  readonly unchanged: readonly SignalName[];
  readonly majorMayGoDown: boolean;
  /** By how many major versions the browser may go up between two tokens. */
  readonly majorStepMax: number;
  readonly scored: readonly SignalName[];
  readonly refusedAt: number;
}

const unchanged = ['loginTimestamp', 'browser', 'os'] as const;
const scored = ['language', 'timezone', 'cookieEnabled', 'decoders'] as const;
const any = Number.POSITIVE_INFINITY;

const rulesOf: Readonly<Record<Sensitivity, Rules>> = {
  off: { unchanged: [], majorMayGoDown: true, majorStepMax: any, scored: [], refusedAt: any },
  low: { unchanged, majorMayGoDown: true, majorStepMax: any, scored: [], refusedAt: any },
  medium: { unchanged, majorMayGoDown: false, majorStepMax: any, scored, refusedAt: 3 },
  high: { unchanged, majorMayGoDown: false, majorStepMax: 4, scored, refusedAt: 2 },
};

const compared: readonly SignalName[] = [...unchanged, 'browserMajor', ...scored];

/**
 * Compares the signals a token is bound to with those presented now. A signal that is null on one side only has
 * changed; a browser major version that either side does not know refuses nothing.
 */
export function scoreSignals(bound: Signals, presented: Signals, level: Sensitivity): Score {
  const rules = rulesOf[level];
  const changed = compared.filter((name) => !sameSignal(bound[name], presented[name]));
  const accepted =
    !rules.unchanged.some((name) => changed.includes(name)) &&
    majorAccepted(bound.browserMajor, presented.browserMajor, rules) &&
    rules.scored.filter((name) => changed.includes(name)).length < rules.refusedAt;
  return { accepted, changed };
}

function majorAccepted(bound: number | null, presented: number | null, rules: Rules): boolean {
  if (bound === null || presented === null) return true;
  if (presented < bound) return rules.majorMayGoDown;
  return presented - bound <= rules.majorStepMax;
}

// In constant time for texts: the login timestamp is what a thief of the token has to guess.
function sameSignal(one: Signals[SignalName], other: Signals[SignalName]): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return one === other;
  const oneBytes = Buffer.from(one);
  const otherBytes = Buffer.from(other);
  return oneBytes.length === otherBytes.length && timingSafeEqual(oneBytes, otherBytes);
}
