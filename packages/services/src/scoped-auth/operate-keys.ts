// What an operator can do with keys: see them, rotate them, kill them, wrap them anew. Nothing here gives key material.
// It works on the store, so that it can be done with the nodes running or stopped, from any of them.

import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from '../platform/clock.ts';
import type { KeyEncryptionKey } from './keys/key-encryption-key.ts';
import { parseKillTarget } from './keys/key-id.ts';
import { defaultKeyPolicy, type KeyPolicy, publishedKey, ripeAtMs } from './keys/key-life.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { type RewrapAnswer, rewrapRootKeys } from './keys/rewrap-root-keys.ts';
import { isLiving, type KeyState, type KeyUse, type KilledKeyId, keyUses, type RootKeyStore } from './keys/root-key.ts';
import { appointSuccessors, tendRootKeys } from './keys/tend-root-keys.ts';

/** What operating keys needs. */
export interface KeyOperationDependencies {
  readonly store: RootKeyStore;
  readonly clock: Clock;
  readonly kek: KeyEncryptionKey;
  readonly policy?: Partial<KeyPolicy>;
  /** The ring of this process, which then goes by the change at once; other nodes hear of it within a second. */
  readonly keyRing?: Pick<KeyRing, 'follow'>;
}

/** A root key, as an operator sees it. */
export interface KeyDescription {
  readonly id: string;
  readonly use: KeyUse;
  readonly state: KeyState;
  readonly createdAt: string;
  readonly stateSince: string;
  /** Since it was made. */
  readonly ageSeconds: number;
  /** Tokens made with it, as far as the nodes have told: about a minute late. */
  readonly uses: number;
  /** Why it was killed. */
  readonly reason: string | null;
}

/** All keys that ever were, and the subkeys that were killed. */
export interface KeyList {
  readonly keys: readonly KeyDescription[];
  readonly killedKeyIds: readonly KilledKeyId[];
}

/** Lists the keys, oldest first. */
export async function listKeys({ store, clock }: Pick<KeyOperationDependencies, 'store' | 'clock'>): Promise<KeyList> {
  const keys = (await store.history()).map(
    ({ id, use, state, createdAt, stateSince, uses, reason }): KeyDescription => ({
      ...{ id, use, state, createdAt, stateSince, uses, reason },
      ageSeconds: Math.floor((clock.now() - Date.parse(createdAt)) / 1000),
    }),
  );
  return { keys, killedKeyIds: await store.killedKeyIds() };
}

/** What a rotation came to, for one use. */
export interface Rotation {
  readonly use: KeyUse;
  /** The key that takes over. */
  readonly keyId: string;
  /** From when on it makes tokens: now, or when every node has heard of it. ISO 8601, UTC. */
  readonly activeFrom: string;
}

/**
 * Rotates the keys of the uses given, of all unless said: the published key takes over, at once if every node has heard
 * of it, else as soon as that is so; then whichever node notices first activates it. Tokens go on being valid.
 */
export async function rotateKeys(
  dependencies: KeyOperationDependencies,
  uses: readonly KeyUse[] = keyUses,
): Promise<readonly Rotation[]> {
  const { store, clock, keyRing } = dependencies;
  const tending = { ...dependencies, policy: { ...defaultKeyPolicy, ...dependencies.policy } };
  // A first rotation right after the first start, or one that finds a crashed one, needs a published key.
  await tendRootKeys(tending);
  const rotations: Rotation[] = [];
  for (const use of uses) {
    const next = publishedKey(await store.list(), use);
    if (next === undefined || !(await store.want(next.id, new Date(clock.now()).toISOString()))) {
      throw new Refusal('overloaded', { message: `Another rotation (${use}) is under way. Try again.`, retryAfterSeconds: 1 });
    }
    const activeFromMs = Math.max(clock.now(), ripeAtMs(next, tending.policy));
    rotations.push({ use, keyId: next.id, activeFrom: new Date(activeFromMs).toISOString() });
  }
  await tendRootKeys(tending);
  await keyRing?.follow();
  return rotations;
}

/** What killing came to: a verdict. */
export type KillAnswer =
  | { readonly killed: true; readonly kind: 'root' | 'instance' | 'key' }
  | { readonly killed: false; readonly why: 'malformed' | 'unknown' | 'already_killed' | 'already_retired' };

/** An operator's words, as they can be shown on any terminal: 1 to 200 printable characters. */
export const reasonPattern = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;

/**
 * Kills a key: no token under it is valid on any node that hears of it, which takes a second. A root's material is
 * deleted, and the published key takes over if it was the active one. Needs no key-encryption key.
 *
 * @param target the `kid` of a token (one key), its first two parts (all keys of one run of a process), or its first
 *   part, or the `kid` of a signed token (a root key)
 * @param reason the operator's words, of 1 to 200 printable characters; throws a Refusal if it is not
 */
export async function killKey(
  { store, clock, keyRing }: Pick<KeyOperationDependencies, 'store' | 'clock' | 'keyRing'>,
  target: string,
  reason: string,
): Promise<KillAnswer> {
  if (!reasonPattern.test(reason)) {
    throw new Refusal('invalid_request', { message: 'Say why the key is killed, in 1 to 200 printable characters.' });
  }
  const parsed = parseKillTarget(target);
  if (parsed === undefined) return { killed: false, why: 'malformed' };
  const root = (await store.history()).find(({ id }) => id === parsed.rootId);
  // Signing keys have no subkeys.
  if (root === undefined || (root.use === 'sig' && parsed.kind !== 'root')) return { killed: false, why: 'unknown' };
  const killedAt = new Date(clock.now()).toISOString();
  const isKilled =
    parsed.kind === 'root'
      ? await store.kill(parsed.rootId, killedAt, reason)
      : isLiving(root.state) && (await store.killKeyId({ keyId: parsed.keyId, killedAt, reason }));
  if (!isKilled) return { killed: false, why: root.state === 'retired' ? 'already_retired' : 'already_killed' };
  // The key is dead from here on, whatever happens; each node appoints the successor that it misses.
  await appointSuccessors(store, clock, await store.list());
  await keyRing?.follow();
  return { killed: true, kind: parsed.kind };
}

/**
 * Wraps the root keys with the key-encryption key of the dependencies, which another one had wrapped. The nodes must be
 * able to unwrap with both meanwhile. Can be repeated.
 */
export function rewrapKeys(
  { store, kek }: Pick<KeyOperationDependencies, 'store' | 'kek'>,
  former: KeyEncryptionKey,
): Promise<RewrapAnswer> {
  return rewrapRootKeys(store, former, kek);
}
