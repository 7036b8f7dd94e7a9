// Whether the browser that presents a token is the one that it was made for.

import { decodeFingerprint } from '@gangway/contracts/fingerprint';
import type { Sensitivity } from '@gangway/contracts/flex-configuration';
import { scoreSignals } from './score.ts';

/** What there is to compare with, and how strictly. */
export interface PresentedBrowser {
  readonly fingerprint?: string | undefined;
  readonly sensitivity?: Sensitivity | undefined;
  /** A refusal by scored signals is only reported. */
  readonly reportOnly?: boolean | undefined;
}

/** `changed` names the signals that differ; `reported` those for which a level would have refused, were it not report-only. */
export type BrowserVerdict =
  | { readonly verdict: 'same browser'; readonly reported?: string[] }
  | { readonly verdict: 'other browser'; readonly changed: readonly string[] }
  | { readonly verdict: 'not compared'; readonly reported?: undefined };

const unreadable = ['signals that cannot be read'];

/** Compares the signals that a token is bound to with those that came with it. */
export function judgeBrowser(bound: string | undefined, presented: PresentedBrowser): BrowserVerdict {
  const { fingerprint, sensitivity = 'medium', reportOnly = false } = presented;
  if (fingerprint === undefined || sensitivity === 'off') return { verdict: 'not compared' };
  const presentedSignals = decodeFingerprint(fingerprint);
  // Also where the token is bound to nothing: what cannot be read now must not be bound by the refresh that follows.
  if (presentedSignals === undefined) return { verdict: 'other browser', changed: unreadable };
  if (bound === undefined) return { verdict: 'not compared' };
  const boundSignals = decodeFingerprint(bound);
  if (boundSignals === undefined) return { verdict: 'other browser', changed: unreadable };
  const { accepted, changed } = scoreSignals(boundSignals, presentedSignals, sensitivity);
  if (accepted) return { verdict: 'same browser' };
  return reportOnly ? { verdict: 'same browser', reported: [...changed] } : { verdict: 'other browser', changed };
}
