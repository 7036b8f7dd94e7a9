// The keys of tokens that come from the root keys of a view: one that this process seals with, for a bounded time and
// number of uses, and those of every process that have opened a token. The hot path of the key ring, without a store.

import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from '../../platform/clock.ts';
import type { OpeningKeys } from '../token/open.ts';
import type { SigningKey } from '../token/signing-key.ts';
import { type TokenKey, tokenKey } from '../token/token-key.ts';
import { hkdfSha256 } from './hkdf.ts';
import { formatKeyId, type KeyIdParts, parseKeyId } from './key-id.ts';
import type { KeyUses } from './key-uses.ts';
import type { KeyView } from './key-view.ts';

/** When a derived key is retired. */
export interface KeyLimits {
  /** Random vectors of 96 bits stay safe up to 2^32 uses (NIST SP 800-38D, section 8.3); the margin is a factor of 16. */
  readonly usesMax: number;
  readonly lifeSeconds: number;
  /** Opening keys that are remembered. Beyond it the oldest is forgotten, and costs one derivation when it is met again. */
  readonly rememberedMax: number;
}

/** 2^28 uses, 24 hours, 1024 keys. */
export const defaultKeyLimits: KeyLimits = { usesMax: 2 ** 28, lifeSeconds: 24 * 60 * 60, rememberedMax: 1024 };

/** What deriving keys needs. */
export interface DerivedKeyDependencies {
  readonly instanceId: string;
  /** Names this run of the process anew, after keys under its name were killed. */
  readonly newInstanceId: () => string;
  readonly clock: Clock;
  readonly limits: KeyLimits;
  readonly uses: KeyUses;
}

/** Keys to make and to open tokens with, under the view adopted last. */
export interface DerivedKeys extends OpeningKeys {
  sealingKey(): TokenKey;
  signingKey(): SigningKey;
  /** Goes by another view from now on, and forgets every key that it does not admit. */
  adopt(view: KeyView): void;
  /** Hands over what was counted since the last time. */
  countUses(): void;
}

type DerivingView = Pick<KeyView, 'roots' | 'killedKeyIds' | 'sealingRootId' | 'signingKey'>;

interface Sealing {
  readonly key: TokenKey;
  readonly rootId: string;
  readonly retiredAtMs: number;
  uses: number;
  countedUses: number;
}

/** Makes the keys of one process. They open nothing until a view is adopted. */
export function createDerivedKeys({ newInstanceId, clock, limits, uses, ...given }: DerivedKeyDependencies): DerivedKeys {
  const remembered = new Map<string, TokenKey>();
  let view: DerivingView = { roots: new Map(), killedKeyIds: new Set(), sealingRootId: undefined, signingKey: undefined };
  let { instanceId } = given;
  let nextEpoch = 0;
  let sealing: Sealing | undefined;
  let signingUses = 0;

  function countUses(): void {
    if (sealing !== undefined) {
      uses.add(sealing.rootId, sealing.uses - sealing.countedUses);
      sealing.countedUses = sealing.uses;
    }
    if (view.signingKey !== undefined) uses.add(view.signingKey.keyId, signingUses);
    signingUses = 0;
  }

  function beginEpoch(): Sealing {
    countUses();
    const { sealingRootId: rootId } = view;
    const key = rootId === undefined ? undefined : deriveTokenKey(view.roots, { rootId, instanceId, epoch: nextEpoch });
    if (rootId === undefined || key === undefined) throw noKey('enc');
    nextEpoch += 1;
    return { key, rootId, retiredAtMs: clock.now() + limits.lifeSeconds * 1000, uses: 0, countedUses: 0 };
  }

  function isAdmitted(keyId: string): boolean {
    const parts = parseKeyId(keyId);
    return parts !== undefined && view.roots.has(parts.rootId) && !isKilled(parts, keyId);
  }

  function isKilled({ rootId, instanceId: ofInstance }: KeyIdParts, keyId: string): boolean {
    const { killedKeyIds } = view;
    return killedKeyIds.size > 0 && (killedKeyIds.has(keyId) || killedKeyIds.has(`${rootId}.${ofInstance}`));
  }

  return {
    sealingKey() {
      if (sealing === undefined || sealing.uses >= limits.usesMax || clock.now() >= sealing.retiredAtMs) sealing = beginEpoch();
      sealing.uses += 1;
      return sealing.key;
    },

    signingKey() {
      if (view.signingKey === undefined) throw noKey('sig');
      signingUses += 1;
      return view.signingKey;
    },

    openingKey(keyId) {
      // Killed keys are not remembered: what is found here needs no further question.
      const known = remembered.get(keyId);
      if (known !== undefined) return known;
      const parts = parseKeyId(keyId);
      return parts === undefined || isKilled(parts, keyId) ? undefined : deriveTokenKey(view.roots, parts);
    },

    // Keys are kept only from here, where a tag has verified: a flood of forged key ids costs a derivation each and
    // neither memory nor the place of a genuine key.
    keyVerified(key) {
      if (remembered.has(key.keyId) || !isAdmitted(key.keyId)) return;
      remembered.set(key.keyId, key);
      if (remembered.size <= limits.rememberedMax) return;
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    },

    adopt(next) {
      countUses();
      view = next;
      for (const keyId of remembered.keys()) if (!isAdmitted(keyId)) remembered.delete(keyId);
      if (sealing === undefined) return;
      if (view.roots.has(sealing.rootId) && !isAdmitted(sealing.key.keyId)) instanceId = newInstanceId();
      if (sealing.rootId !== view.sealingRootId || !isAdmitted(sealing.key.keyId)) sealing = undefined;
    },

    countUses,
  };
}

/** The refusal where there is no key of a use: until the next second, in which one is made. */
export function noKey(use: string): Refusal {
  return new Refusal('upstream_unavailable', { detail: `there is no active root key of use ${use}`, retryAfterSeconds: 1 });
}

/** The key of an id. The info binds what it is for, the run and the epoch. Gives undefined if the root is unknown. */
function deriveTokenKey(roots: KeyView['roots'], parts: KeyIdParts): TokenKey | undefined {
  const root = roots.get(parts.rootId);
  if (root === undefined) return undefined;
  const info = Buffer.from(`gangway/token/v1 ${parts.instanceId} ${parts.epoch}`);
  return tokenKey(formatKeyId(parts), hkdfSha256(root, new Uint8Array(), info, 32));
}
