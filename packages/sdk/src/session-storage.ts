// Where a session is kept: the storage that all tabs share, or the memory of this page for what the browser blocks or has no
// room for.

/** The part of the browser's `Storage` that a session uses. */
export type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A storage that never throws. */
export interface SafeStorage extends SessionStorage {
  /** Whether what it keeps outlives the page, and other tabs see it. */
  lasting(): boolean;
}

/**
 * Makes a storage safe.
 * @param given `localStorage` by default
 */
export function safeStorage(given?: SessionStorage): SafeStorage {
  const memory = new Map<string, string>();
  const attempt = <Value>(action: (storage: SessionStorage) => Value): Value | undefined => {
    try {
      return action(given ?? globalThis.localStorage);
    } catch {
      return undefined;
    }
  };
  const remove = (name: string) => attempt((storage) => storage.removeItem(name));
  return {
    lasting: () => attempt((storage) => storage.getItem('')) !== undefined && memory.size === 0,
    // What is in the memory was written later than what the storage may still have.
    getItem: (name) => memory.get(name) ?? attempt((storage) => storage.getItem(name)) ?? null,
    setItem(name, value) {
      const write = (storage: SessionStorage) => {
        storage.setItem(name, value);
        // Some that are blocked keep nothing and do not say so.
        if (storage.getItem(name) === value) memory.delete(name);
      };
      memory.set(name, value);
      attempt(write);
      if (!memory.has(name)) return;
      // Where there is no room, a token that was refreshed must not stay for others to present again.
      remove(name);
      attempt(write);
    },
    removeItem(name) {
      memory.delete(name);
      remove(name);
    },
  };
}
