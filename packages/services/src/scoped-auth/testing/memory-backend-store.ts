// Backends in memory, for tests that are not about where they are kept.

import type { StoredBackend } from '../backends/backend.ts';
import type { BackendStore } from '../backends/backend-store.ts';

export function memoryBackendStore(): BackendStore {
  const kept = new Map<string, StoredBackend>();
  const change = (id: string, changed: (backend: StoredBackend) => Partial<StoredBackend>): boolean => {
    const found = kept.get(id);
    if (found === undefined || found.revokedAtMs !== null) return false;
    kept.set(id, { ...found, ...changed(found) });
    return true;
  };
  return {
    list: async () => [...kept.values()],
    async add(backend) {
      kept.set(backend.id, backend);
    },
    rotate: async (id, hash, rotatedAtMs, formerUntilMs) =>
      change(id, (found) => ({ hash, formerHash: found.hash, formerUntilMs, rotatedAtMs })),
    revoke: async (id, revokedAtMs) => change(id, () => ({ hash: '', formerHash: '', formerUntilMs: null, revokedAtMs })),
  };
}
