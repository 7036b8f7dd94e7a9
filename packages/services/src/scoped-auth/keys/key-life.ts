// When a root key moves on in its life. Pure: takes the keys as they are stored and the time, and says what is due.

import { type KeyUse, keyUses, type WrappedRootKey } from './root-key.ts';

/** When keys move on. */
export interface KeyPolicy {
  /**
   * For so long a key is published before it is activated: longer than any node, verifier or cache of the JWKS takes to
   * hear of it, and than the clocks of two nodes may differ.
   */
  readonly publishedSecondsMin: number;
  /** For so long a key is active before its successor takes over. */
  readonly activeSecondsMax: number;
  /** After so many tokens the successor takes over. No limit of the algorithms is near: subkeys have their own. */
  readonly usesMax: number;
  /** The longest that a token can count: the largest `sessionMaxSeconds` that the configuration admits. */
  readonly tokenLifeSecondsMax: number;
}

const daySeconds = 24 * 60 * 60;

/** 10 minutes, 90 days, 2^40 tokens, 30 days. */
export const defaultKeyPolicy: KeyPolicy = {
  publishedSecondsMin: 600,
  activeSecondsMax: 90 * daySeconds,
  usesMax: 2 ** 40,
  tokenLifeSecondsMax: 30 * daySeconds,
};

/** One step that is due. */
export type DueStep =
  | { readonly step: 'publish'; readonly use: KeyUse; readonly state: 'published' | 'active' }
  | { readonly step: 'activate' | 'retiring' | 'retire'; readonly use: KeyUse; readonly id: string };

/** The key of a use that makes tokens: the newest active one. */
export function activeKey(keys: readonly WrappedRootKey[], use: KeyUse): WrappedRootKey | undefined {
  return inState(keys, use, 'active').at(-1);
}

/** The key of a use that comes next. */
export function publishedKey(keys: readonly WrappedRootKey[], use: KeyUse): WrappedRootKey | undefined {
  return inState(keys, use, 'published')[0];
}

/** When a published key can be activated, in milliseconds since 1970: every node has heard of it by then. */
export function ripeAtMs(key: WrappedRootKey, policy: KeyPolicy): number {
  return Date.parse(key.stateSince) + policy.publishedSecondsMin * 1000;
}

/** The steps that are due now, for all uses. They may be taken in any order, by any node, and none of them twice. */
export function dueSteps(keys: readonly WrappedRootKey[], policy: KeyPolicy, nowMs: number): readonly DueStep[] {
  return keyUses.flatMap((use) => dueStepsOf(use, keys, policy, nowMs));
}

function dueStepsOf(use: KeyUse, keys: readonly WrappedRootKey[], policy: KeyPolicy, nowMs: number): readonly DueStep[] {
  const active = activeKey(keys, use);
  const next = publishedKey(keys, use);
  // The active key was killed. Its successor, which most nodes know already, does not wait; where there is none either,
  // a new key is active at once: other nodes refuse its tokens until they hear of it, which is better than having none.
  if (active === undefined) {
    return [next === undefined ? { step: 'publish', use, state: 'active' } : { step: 'activate', use, id: next.id }];
  }
  const due: DueStep[] = [];
  if (next === undefined) due.push({ step: 'publish', use, state: 'published' });
  else if (nowMs >= ripeAtMs(next, policy) && isSucceeded(active, next, policy, nowMs)) {
    due.push({ step: 'activate', use, id: next.id });
  }
  for (const former of inState(keys, use, 'active')) {
    if (former.id !== active.id) due.push({ step: 'retiring', use, id: former.id });
  }
  // A node that heard late of the successor made tokens a little longer: the same time is allowed for it.
  const retiredAfterMs = (policy.tokenLifeSecondsMax + policy.publishedSecondsMin) * 1000;
  for (const former of inState(keys, use, 'retiring')) {
    if (nowMs - Date.parse(former.stateSince) >= retiredAfterMs) due.push({ step: 'retire', use, id: former.id });
  }
  return due;
}

function isSucceeded(active: WrappedRootKey, next: WrappedRootKey, policy: KeyPolicy, nowMs: number): boolean {
  return (
    next.wantedAt !== null ||
    active.uses >= policy.usesMax ||
    nowMs - Date.parse(active.stateSince) >= policy.activeSecondsMax * 1000
  );
}

/** In the order of their ordinals. */
function inState(keys: readonly WrappedRootKey[], use: KeyUse, state: WrappedRootKey['state']): readonly WrappedRootKey[] {
  return keys.filter((key) => key.use === use && key.state === state).sort((one, other) => one.ordinal - other.ordinal);
}
