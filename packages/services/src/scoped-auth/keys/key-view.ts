// What a node knows of the keys at a moment: which open, which make tokens, which are killed. A view is replaced as a
// whole when the store tells something new, so that no token is ever judged by half of a change.

import type { KeyObject } from 'node:crypto';
import { deriveNonceKey, type NonceKeys } from '../proof/nonces.ts';
import type { SigningKey } from '../token/signing-key.ts';
import { activeKey } from './key-life.ts';
import { type JsonWebKeySet, jsonWebKeySet } from './published-keys.ts';
import { isLiving, type KilledKeyId, type WrappedRootKey } from './root-key.ts';
import type { RootSecret } from './root-secret.ts';

/** Keys as they are stored. */
export interface StoredKeys {
  readonly keys: readonly WrappedRootKey[];
  readonly killedKeyIds: readonly KilledKeyId[];
}

/** Keys as this node uses them. */
export interface KeyView {
  readonly stored: StoredKeys;
  /** Roots of encryption keys that open, by their ids. */
  readonly roots: ReadonlyMap<string, KeyObject>;
  /** Signing keys that verify, by their ids. */
  readonly signingKeys: ReadonlyMap<string, SigningKey>;
  /** `root.instance` and `root.instance.epoch`. */
  readonly killedKeyIds: ReadonlySet<string>;
  /** The root under which tokens are encrypted. Undefined: there is none that this node may use. */
  readonly sealingRootId: string | undefined;
  readonly signingKey: SigningKey | undefined;
  /** Nonces of every root that opens are accepted; those of the sealing one are given out. Undefined: there is no root. */
  readonly nonceKeys: NonceKeys | undefined;
  readonly jwks: JsonWebKeySet;
}

/**
 * Makes the view of stored keys, as far as their secrets are at hand. Where this node cannot read the active key it
 * goes on with the one that it used before, while that still opens.
 */
export function viewKeys(
  stored: StoredKeys,
  secrets: ReadonlyMap<string, RootSecret>,
  before?: Pick<KeyView, 'sealingRootId' | 'signingKey'>,
): KeyView {
  const roots = new Map<string, KeyObject>();
  const signingKeys = new Map<string, SigningKey>();
  for (const { id, state } of stored.keys) {
    const secret = isLiving(state) ? secrets.get(id) : undefined;
    if (secret?.use === 'enc') roots.set(id, secret.secret);
    if (secret?.use === 'sig') signingKeys.set(id, secret.signingKey);
  }
  const readable = stored.keys.filter(({ id }) => secrets.has(id));
  const sealingRootId = activeKey(readable, 'enc')?.id ?? before?.sealingRootId;
  const signingKeyId = activeKey(readable, 'sig')?.id ?? before?.signingKey?.keyId;
  const usableRootId = sealingRootId !== undefined && roots.has(sealingRootId) ? sealingRootId : undefined;
  return {
    stored,
    roots,
    signingKeys,
    killedKeyIds: new Set(stored.killedKeyIds.map(({ keyId }) => keyId)),
    sealingRootId: usableRootId,
    nonceKeys: nonceKeysOf(roots, usableRootId),
    signingKey: signingKeyId === undefined ? undefined : signingKeys.get(signingKeyId),
    jwks: jsonWebKeySet(signingKeys.values()),
  };
}

function nonceKeysOf(roots: ReadonlyMap<string, KeyObject>, sealingRootId: string | undefined): NonceKeys | undefined {
  const keys = new Map(Array.from(roots, ([id, root]) => [id, deriveNonceKey(root)]));
  const [anyKey] = keys.values();
  const issuing = (sealingRootId === undefined ? undefined : keys.get(sealingRootId)) ?? anyKey;
  return issuing && { issuing, accepted: [...keys.values()] };
}

/** Whether two states of the store look the same to a node; uses and wishes aside. */
export function isSameForNodes(one: StoredKeys, other: StoredKeys): boolean {
  return signature(one) === signature(other);
}

function signature({ keys, killedKeyIds }: StoredKeys): string {
  return JSON.stringify([keys.map(({ id, state }) => [id, state]), killedKeyIds.map(({ keyId }) => keyId)]);
}
