// The key ring: which key seals the next token, and which key opened an old one. Keys are derived, never stored: a
// process seals under keys of its own, named after its run, and opens those of every other run of the same root.

import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { RandomBytes } from '../random.ts';
import type { OpeningKeys } from '../token/open.ts';
import { type TokenKey, tokenKey } from '../token/token-key.ts';
import { hkdfSha256 } from './hkdf.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { formatKeyId, type KeyIdParts, newId, parseKeyId } from './key-id.ts';
import type { RootKeyStore } from './root-key-store.ts';
import { loadRootKeys, type RootKeys } from './root-keys.ts';

/** Gives keys to seal and to open tokens with. */
export interface KeyRing extends OpeningKeys {
  /** The key for the next token. Each call counts as one use of it. */
  sealingKey(): TokenKey;
}

/** When a key is retired. */
export interface KeyLimits {
  /** Random vectors of 96 bits stay safe up to 2^32 uses (NIST SP 800-38D, section 8.3); the margin is a factor of 16. */
  readonly usesMax: number;
  readonly lifeSeconds: number;
  /** Opening keys that are remembered. Beyond it the oldest is forgotten, and costs one derivation when it is met again. */
  readonly rememberedMax: number;
}

const defaultLimits: KeyLimits = { usesMax: 2 ** 28, lifeSeconds: 24 * 60 * 60, rememberedMax: 1024 };

/** What opening a key ring needs. */
export interface KeyRingDependencies {
  readonly store: RootKeyStore;
  readonly kek: KeyEncryptionKey;
  readonly clock: Clock;
  /** The operating system's generator unless given. */
  readonly randomBytes?: RandomBytes;
  readonly limits?: Partial<KeyLimits>;
}

/**
 * Opens the key ring of this run of the process. Makes the first root key where there is none. Throws a StartError if
 * the key-encryption key is missing, unreadable, or not the one that wrapped the stored root keys.
 */
export async function openKeyRing(dependencies: KeyRingDependencies): Promise<KeyRing> {
  const { store, kek, clock, randomBytes = systemRandomBytes, limits } = dependencies;
  const roots = await loadRootKeys({ store, kek, clock, randomBytes });
  return createKeyRing(roots, newId(randomBytes), clock, { ...defaultLimits, ...limits });
}

function createKeyRing(roots: RootKeys, instanceId: string, clock: Clock, limits: KeyLimits): KeyRing {
  const remembered = new Map<string, TokenKey>();
  let sealing: { readonly key: TokenKey; readonly epoch: number; readonly retiredAtMs: number; uses: number } | undefined;

  function beginEpoch(epoch: number) {
    const key = deriveTokenKey(roots, { rootId: roots.activeId, instanceId, epoch });
    if (key === undefined) throw new Error('The active root key is not on the key ring.');
    return { key, epoch, retiredAtMs: clock.now() + limits.lifeSeconds * 1000, uses: 0 };
  }

  return {
    sealingKey() {
      if (sealing === undefined) sealing = beginEpoch(0);
      else if (sealing.uses >= limits.usesMax || clock.now() >= sealing.retiredAtMs) sealing = beginEpoch(sealing.epoch + 1);
      sealing.uses += 1;
      return sealing.key;
    },

    openingKey(keyId) {
      const known = remembered.get(keyId);
      if (known !== undefined) return known;
      const parts = parseKeyId(keyId);
      return parts === undefined ? undefined : deriveTokenKey(roots, parts);
    },

    // Keys are kept only from here, where a tag has verified: a flood of forged key ids costs a derivation each and
    // neither memory nor the place of a genuine key.
    keyVerified(key) {
      if (remembered.has(key.keyId)) return;
      remembered.set(key.keyId, key);
      if (remembered.size <= limits.rememberedMax) return;
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    },
  };
}

/** The key of an id. The info binds what it is for, the run and the epoch. Gives undefined if the root is unknown. */
export function deriveTokenKey(roots: Pick<RootKeys, 'byId'>, parts: KeyIdParts): TokenKey | undefined {
  const root = roots.byId.get(parts.rootId);
  if (root === undefined) return undefined;
  const info = Buffer.from(`gangway/token/v1 ${parts.instanceId} ${parts.epoch}`);
  return tokenKey(formatKeyId(parts), hkdfSha256(root, new Uint8Array(), info, 32));
}
