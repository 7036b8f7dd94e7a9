// The root keys of an environment, unwrapped: the secrets from which all token keys are derived. They exist as
// KeyObjects only, which neither logs nor JSON show.

import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { StartError } from '../../platform/start-error.ts';
import type { RandomBytes } from '../random.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { newId } from './key-id.ts';
import type { RootKeyStore } from './root-key-store.ts';

/** All root keys by their ids, and the id of the one under which tokens are sealed now. */
export interface RootKeys {
  readonly byId: ReadonlyMap<string, KeyObject>;
  readonly activeId: string;
}

/** What loading root keys needs. */
export interface RootKeyDependencies {
  readonly store: RootKeyStore;
  readonly kek: KeyEncryptionKey;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

const rootKeyBytes = 32;

/**
 * Reads and unwraps the root keys; makes the first one in an empty store. The newest active one seals. Throws a
 * StartError if the key-encryption key is not the one that wrapped them, and leaves the store as it is.
 */
export async function loadRootKeys(dependencies: RootKeyDependencies): Promise<RootKeys> {
  const { store, kek } = dependencies;
  let stored = await store.list();
  if (stored.length === 0) {
    await addRootKey(dependencies, 1);
    // Read again: another node may have been first.
    stored = await store.list();
  }
  const byId = new Map<string, KeyObject>();
  for (const { id, wrapped } of stored) {
    const rootKey = await kek.unwrap(id, wrapped);
    if (rootKey?.length !== rootKeyBytes) {
      throw new StartError(
        `The key-encryption key (${kek.source}) is not the one that the stored root keys were wrapped with. ` +
          'Start with the former key, or put it back from a backup. Nothing was changed.',
      );
    }
    byId.set(id, createSecretKey(rootKey));
    rootKey.fill(0);
  }
  const active = stored.filter(({ state }) => state === 'active').sort((one, other) => other.ordinal - one.ordinal)[0];
  if (active === undefined) throw new StartError('The store holds no active root key.');
  return { byId, activeId: active.id };
}

async function addRootKey({ store, kek, clock, randomBytes }: RootKeyDependencies, ordinal: number): Promise<void> {
  const id = newId(randomBytes);
  const rootKey = randomBytes(rootKeyBytes);
  const wrapped = await kek.wrap(id, rootKey);
  rootKey.fill(0);
  await store.add({ id, ordinal, state: 'active', createdAt: new Date(clock.now()).toISOString(), wrapped });
}
