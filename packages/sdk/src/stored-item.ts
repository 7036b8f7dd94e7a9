// One item of the storage, as JSON of a known shape.

import type { SessionStorage } from './session-storage.ts';
import { fits } from './shape.ts';

/** Reads, writes and forgets an item. */
export interface StoredItem<Value> {
  /** Null where there is none; undefined where it is damaged, of an older version, or of somebody else. */
  read(): Value | null | undefined;
  write(value: Value): void;
  forget(): void;
}

/** Makes an item. `shape` is an example of what it may hold. */
export function storedItem<Value>(storage: SessionStorage, name: string, shape: object): StoredItem<Value> {
  return {
    read() {
      try {
        const value: unknown = JSON.parse(storage.getItem(name) ?? 'null');
        return value === null || fits(shape, value) ? (value as Value | null) : undefined;
      } catch {
        return undefined;
      }
    },
    write: (value) => storage.setItem(name, JSON.stringify(value)),
    forget: () => storage.removeItem(name),
  };
}
