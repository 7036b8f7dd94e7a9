// Root keys as they are stored, and their life: published -> active -> retiring -> retired, or killed at any moment.
// Every step changes one row by comparison with what it was, so that any node may take it, and a crash between two
// steps leaves a store that the next node goes on from.

/**
 * What a root key is for, in the words of RFC 7517, section 4.2: `enc` keys are the roots of the keys that encrypt
 * tokens, `sig` keys sign tokens. Each use has its own keys and its own rotation.
 */
export type KeyUse = 'enc' | 'sig';

/** All uses. An environment has keys for each of them from its first start. */
export const keyUses: readonly KeyUse[] = ['enc', 'sig'];

/**
 * Where a root key is in its life.
 *
 * - `published`: every node learns it and opens with it (a verifier finds it in the JWKS); nobody makes tokens with it.
 *   There is always one of each use, so that a successor is known everywhere before it is needed.
 * - `active`: the newest one makes tokens.
 * - `retiring`: opens the tokens that it made, and makes none.
 * - `retired`: no token of it can be alive; its material is deleted.
 * - `killed`: opens nothing from the moment that a node knows; its material is deleted.
 */
export type KeyState = 'published' | 'active' | 'retiring' | 'retired' | 'killed';

/** States in which a key has material, and opens. */
export type LivingState = Exclude<KeyState, 'retired' | 'killed'>;

/** Whether a key of this state opens tokens. */
export function isLiving(state: KeyState): state is LivingState {
  return state !== 'retired' && state !== 'killed';
}

/** A root key as it is stored. */
export interface WrappedRootKey {
  readonly id: string;
  readonly use: KeyUse;
  /** Counts the root keys of the environment, of all uses, from 1. */
  readonly ordinal: number;
  readonly state: KeyState;
  /** When it was made, which is when it was published. ISO 8601, UTC. */
  readonly createdAt: string;
  /** When it came into its state. ISO 8601, UTC. */
  readonly stateSince: string;
  /** A published key whose activation was asked for, and when: it follows as soon as every node has heard of the key. */
  readonly wantedAt: string | null;
  /** Tokens made with it, as far as the nodes have told; one that stopped told nothing of its last minute. */
  readonly uses: number;
  /** The key, wrapped by the key-encryption key and bound to `id`. Empty once the material is deleted. */
  readonly wrapped: string;
  /** Why it was killed, in the operator's words. */
  readonly reason: string | null;
}

/** A subkey, or all subkeys of one run of a process, that open nothing any more though their root does. */
export interface KilledKeyId {
  /** `root.instance` (all epochs) or `root.instance.epoch`. */
  readonly keyId: string;
  /** ISO 8601, UTC. */
  readonly killedAt: string;
  readonly reason: string;
}

/**
 * Where root keys are kept, shared by all nodes. Each call is one durable write that happens whole or not at all; those
 * that give a boolean compare with what is stored and tell whether they changed it.
 */
export interface RootKeyStore {
  /** All keys but retired ones, by their ordinals. The newest key of a use is never retired: the last ordinal is among them. */
  list(): Promise<readonly WrappedRootKey[]>;
  /** All keys that ever were, by their ordinals, for operators. */
  history(): Promise<readonly WrappedRootKey[]>;
  /**
   * Adds a root key; does nothing if there is one of its ordinal already. So of two nodes that start at once on an
   * empty store, or notice at once that a key is due, one wins, and both read the same key afterwards.
   */
  add(key: WrappedRootKey): Promise<void>;
  /** Moves a key on, if it is still in the state `from`. Deletes its material where `to` is `retired`. */
  move(id: string, from: KeyState, to: Exclude<KeyState, 'killed'>, at: string): Promise<boolean>;
  /** Notes that a published key is to be activated. False unless it is published; the first wish stands. */
  want(id: string, at: string): Promise<boolean>;
  /** Kills a key in whatever living state it is, and deletes its material. */
  kill(id: string, at: string, reason: string): Promise<boolean>;
  /** Replaces the wrapped form, if it is still `from`. */
  rewrap(id: string, from: string, to: string): Promise<boolean>;
  /** Adds to the count of a key's uses. */
  addUses(id: string, uses: number): Promise<void>;
  /** The killed subkeys, in the order of their ids. */
  killedKeyIds(): Promise<readonly KilledKeyId[]>;
  /** Adds a killed subkey; false if it was there. */
  killKeyId(killed: KilledKeyId): Promise<boolean>;
  /** Forgets a killed subkey, whose root opens nothing any more. */
  forgetKeyId(keyId: string): Promise<void>;
}
