// Keeps the unwrapped root keys of this process in step with the stored ones: unwraps what is new, forgets what is
// gone. A key is unwrapped once, since asking a key management service costs time and money.

import { StartError } from '../../platform/start-error.ts';
import { type KeyEncryptionKey, wrongKek } from './key-encryption-key.ts';
import { isLiving, type WrappedRootKey } from './root-key.ts';
import { type RootSecret, unwrapRootKey } from './root-secret.ts';

/** The unwrapped root keys. */
export interface RootKeyReader {
  readonly secrets: ReadonlyMap<string, RootSecret>;
  /**
   * Unwraps what is new and forgets what is gone; tells whether anything changed. A key that cannot be read does not
   * keep the others from being read: it is tried again when its service answers or its wrapped form changes.
   */
  read(keys: readonly WrappedRootKey[]): Promise<boolean>;
  /** As `read`, but throws a StartError if any key cannot be unwrapped, and rejects as the service does. */
  readAll(keys: readonly WrappedRootKey[]): Promise<void>;
  unreadableIds(): readonly string[];
}

/** Makes the reader of one process. */
export function readRootKeys(kek: KeyEncryptionKey): RootKeyReader {
  const secrets = new Map<string, RootSecret>();
  /** By id, the wrapped form that the key-encryption key refused; undefined where it could not be asked. */
  const unreadable = new Map<string, string | undefined>();

  const living = (keys: readonly WrappedRootKey[]) => keys.filter(({ state }) => isLiving(state));
  const unread = (keys: readonly WrappedRootKey[]) =>
    living(keys).filter(({ id, wrapped }) => !secrets.has(id) && unreadable.get(id) !== wrapped);

  async function readOne(key: WrappedRootKey): Promise<boolean> {
    // Until the answer is there it counts as unreadable, also if the answer never comes.
    unreadable.set(key.id, undefined);
    const secret = await unwrapRootKey(kek, key);
    if (secret === undefined) {
      unreadable.set(key.id, key.wrapped);
      return false;
    }
    unreadable.delete(key.id);
    secrets.set(key.id, secret);
    return true;
  }

  function forget(keys: readonly WrappedRootKey[]): boolean {
    const ids = new Set(living(keys).map(({ id }) => id));
    let isChanged = false;
    for (const id of secrets.keys()) if (!ids.has(id)) isChanged = secrets.delete(id);
    for (const id of unreadable.keys()) if (!ids.has(id)) unreadable.delete(id);
    return isChanged;
  }

  return {
    secrets,
    async read(keys) {
      let isChanged = forget(keys);
      for (const key of unread(keys)) isChanged = (await readOne(key).catch(() => false)) || isChanged;
      return isChanged;
    },
    async readAll(keys) {
      for (const key of unread(keys)) {
        if (await readOne(key)) continue;
        throw new StartError(wrongKek(kek));
      }
    },
    unreadableIds: () => [...unreadable.keys()],
  };
}
