// The key ring: which key makes the next token, and which key made an old one. Encryption keys are derived, never
// stored: a process seals under keys of its own, named after its run, and opens those of every other run of the same
// root. The ring follows the store, where root keys are published, rotated and killed.

import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { oneAtATime } from '../../platform/one-at-a-time.ts';
import type { NonceKeys } from '../proof/nonces.ts';
import type { RandomBytes } from '../random.ts';
import type { OpeningKeys } from '../token/open.ts';
import type { SigningKey } from '../token/signing-key.ts';
import type { TokenKey } from '../token/token-key.ts';
import type { VerifyingKeys } from '../token/verify-signed.ts';
import { createDerivedKeys, defaultKeyLimits, type KeyLimits, noKey } from './derived-keys.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { newId } from './key-id.ts';
import { defaultKeyPolicy, dueSteps, type KeyPolicy } from './key-life.ts';
import { createKeyUses } from './key-uses.ts';
import { isSameForNodes, type KeyView, type StoredKeys, viewKeys } from './key-view.ts';
import type { JsonWebKeySet } from './published-keys.ts';
import { type RootKeyReader, readRootKeys } from './read-root-keys.ts';
import { isLiving, type RootKeyStore } from './root-key.ts';
import { appointSuccessors, type RootKeyDependencies, type TakenStep, tendRootKeys } from './tend-root-keys.ts';

/** Gives keys to make and to read tokens with. */
export interface KeyRing extends OpeningKeys, VerifyingKeys {
  /** The key for the next encrypted token. Each call counts as one use of it. Throws a Refusal where there is none. */
  sealingKey(): TokenKey;
  /** The key for the next signed token. Each call counts as one use of it. Throws a Refusal where there is none. */
  signingKey(): SigningKey;
  /** The keys of nonces for proofs. Throws a Refusal where there is none. */
  nonceKeys(): NonceKeys;
  /** The public signing keys, for `/.well-known/jwks.json`. The same object until they change. */
  publishedKeys(): JsonWebKeySet;
  /**
   * Hears what changed in the store: new keys, activated ones, killed ones. To be called every second. Rejects where
   * the store is away; the ring then serves what it knew.
   */
  follow(): Promise<void>;
  /**
   * Takes the steps that are due in the lives of the keys, and gives those that this node took. To be called after
   * `follow`, while the machine's clock is trusted; asks the store for nothing unless something is due.
   */
  tend(): Promise<readonly TakenStep[]>;
  /** How old the ring's knowledge is, and what it could not read. */
  health(): KeyRingHealth;
}

/** For an operator's monitoring. */
export interface KeyRingHealth {
  /** When the store was last heard, in milliseconds since 1970. A kill since then is not known here. */
  readonly asOfMs: number;
  /** Root keys that this node's key-encryption key does not unwrap, or could not be asked about. */
  readonly unreadableIds: readonly string[];
}

/** What opening a key ring needs. */
export interface KeyRingDependencies {
  readonly store: RootKeyStore;
  readonly kek: KeyEncryptionKey;
  readonly clock: Clock;
  /** The operating system's generator unless given. */
  readonly randomBytes?: RandomBytes;
  readonly limits?: Partial<KeyLimits>;
  readonly policy?: Partial<KeyPolicy>;
}

/** How often the store is told of uses. */
const usesToldMs = 60_000;

/**
 * Opens the key ring of this run of the process. Makes the first root keys where there are none, and takes up what a
 * crash left undone. Throws a StartError if the key-encryption key is missing, unreadable, or not the one that wrapped
 * the stored root keys.
 */
export async function openKeyRing(dependencies: KeyRingDependencies): Promise<KeyRing> {
  const { store, kek, clock, randomBytes = systemRandomBytes, limits, policy } = dependencies;
  const tending = { store, kek, clock, randomBytes, policy: { ...defaultKeyPolicy, ...policy } };
  const reader = readRootKeys(kek);
  // Before anything is written: with the wrong key-encryption key the store stays as it is.
  await reader.readAll(await store.list());
  await tendRootKeys(tending);
  const ring = createKeyRing(tending, reader, newId(randomBytes), { ...defaultKeyLimits, ...limits });
  await ring.follow();
  return ring;
}

function createKeyRing(tending: RootKeyDependencies, reader: RootKeyReader, instanceId: string, limits: KeyLimits): KeyRing {
  const { store, clock, policy, randomBytes = systemRandomBytes } = tending;
  const uses = createKeyUses();
  const derived = createDerivedKeys({ instanceId, newInstanceId: () => newId(randomBytes), clock, limits, uses });
  let view: KeyView = viewKeys({ keys: [], killedKeyIds: [] }, reader.secrets);
  let asOfMs = 0;
  let toldAtMs = clock.now();

  function adopt(stored: StoredKeys): void {
    view = viewKeys(stored, reader.secrets, view);
    derived.adopt(view);
  }

  const follow = oneAtATime(async () => {
    const beganAtMs = clock.now();
    let keys = await store.list();
    // Whoever hears that the active key was killed appoints its successor before it lets go of it. A store that cannot
    // be written does not keep this node from hearing of the kill.
    if (await appointSuccessors(store, clock, keys).catch(() => false)) keys = await store.list();
    const stored = { keys, killedKeyIds: await store.killedKeyIds() };
    // What was killed is gone before anything is asked of a key management service, which may be slow.
    if (isSameForNodes(stored, view.stored)) view = { ...view, stored };
    else adopt(stored);
    if (await reader.read(keys)) adopt(stored);
    asOfMs = beganAtMs;
  });

  async function forgetKilled(): Promise<void> {
    const living = new Set(view.stored.keys.filter(({ state }) => isLiving(state)).map(({ id }) => id));
    for (const { keyId } of view.stored.killedKeyIds) {
      if (!living.has(keyId.slice(0, keyId.indexOf('.')))) await store.forgetKeyId(keyId);
    }
  }

  return {
    sealingKey: derived.sealingKey,
    openingKey: derived.openingKey,
    keyVerified: derived.keyVerified,
    signingKey: derived.signingKey,
    verifyingKey: (keyId) => view.signingKeys.get(keyId),
    nonceKeys() {
      if (view.nonceKeys === undefined) throw noKey('nonces');
      return view.nonceKeys;
    },
    publishedKeys: () => view.jwks,
    follow,
    async tend() {
      if (clock.now() - toldAtMs >= usesToldMs) {
        toldAtMs = clock.now();
        derived.countUses();
        await uses.tell(store);
      }
      await forgetKilled();
      if (dueSteps(view.stored.keys, policy, clock.now()).length === 0) return [];
      const taken = await tendRootKeys(tending);
      await follow();
      return taken;
    },
    health: () => ({ asOfMs, unreadableIds: reader.unreadableIds() }),
  };
}
