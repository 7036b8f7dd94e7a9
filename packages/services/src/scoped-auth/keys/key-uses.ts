// Counts the tokens made under each root key and tells the store now and then: a write per token would cost more than
// the token, and a count that lags by a minute serves as well.

import type { RootKeyStore } from './root-key.ts';

/** Uses that the store has not been told yet. */
export interface KeyUses {
  add(rootId: string, uses: number): void;
  /** Tells the store. What it could not be told is kept for the next time. */
  tell(store: Pick<RootKeyStore, 'addUses'>): Promise<void>;
}

/** Makes the counters of one key ring. */
export function createKeyUses(): KeyUses {
  const untold = new Map<string, number>();
  const add = (rootId: string, uses: number): void => {
    if (uses > 0) untold.set(rootId, (untold.get(rootId) ?? 0) + uses);
  };
  return {
    add,
    async tell(store) {
      for (const [rootId, uses] of [...untold]) {
        untold.delete(rootId);
        try {
          await store.addUses(rootId, uses);
        } catch (error) {
          add(rootId, uses);
          throw error;
        }
      }
    },
  };
}
