// Root keys in memory: the store of tests that need no database. It keeps the promises of the interface; the store's
// own tests run over both.

import type { KilledKeyId, RootKeyStore, WrappedRootKey } from '../keys/root-key.ts';

/** Makes an empty store. */
export function memoryRootKeyStore(): RootKeyStore {
  let keys: readonly WrappedRootKey[] = [];
  let killed: readonly KilledKeyId[] = [];

  function change(id: string, isFit: (key: WrappedRootKey) => boolean, to: Partial<WrappedRootKey>): boolean {
    const found = keys.find((key) => key.id === id && isFit(key));
    keys = keys.map((key) => (key === found ? { ...key, ...to } : key));
    return found !== undefined;
  }

  return {
    list: async () => keys.filter(({ state }) => state !== 'retired'),
    history: async () => keys,
    async add(key) {
      if (keys.some(({ ordinal }) => ordinal === key.ordinal)) return;
      keys = [...keys, key].sort((one, other) => one.ordinal - other.ordinal);
    },
    move: async (id, from, to, at) =>
      change(id, ({ state }) => state === from, {
        state: to,
        stateSince: at,
        ...(to === 'retired' ? { wrapped: '' } : {}),
      }),
    async want(id, at) {
      const wantedAt = keys.find((key) => key.id === id)?.wantedAt ?? at;
      return change(id, ({ state }) => state === 'published', { wantedAt });
    },
    kill: async (id, at, reason) =>
      change(id, ({ state }) => state !== 'killed' && state !== 'retired', {
        state: 'killed',
        stateSince: at,
        wrapped: '',
        reason,
      }),
    rewrap: async (id, from, to) => change(id, ({ wrapped }) => wrapped === from, { wrapped: to }),
    async addUses(id, uses) {
      const before = keys.find((key) => key.id === id)?.uses ?? 0;
      change(id, () => true, { uses: before + uses });
    },
    killedKeyIds: async () => killed,
    async killKeyId(one) {
      if (killed.some(({ keyId }) => keyId === one.keyId)) return false;
      killed = [...killed, one].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
      return true;
    },
    async forgetKeyId(keyId) {
      killed = killed.filter((one) => one.keyId !== keyId);
    },
  };
}
