// Root keys that differ by a number, for tests that store some and look for them again.

import type { databaseRootKeyStore } from '../../packages/services/src/scoped-auth/keys/root-key-store.ts';

/** A root key as a store takes it. */
export type StoredRootKey = Parameters<ReturnType<typeof databaseRootKeyStore>['add']>[0];

/** The root key of a number. Nothing in it is secret: what is wrapped is its name. */
export function numberedRootKey(ordinal: number): StoredRootKey {
  const madeAt = '2030-01-01T00:00:00.000Z';
  return {
    id: `root${ordinal}`,
    use: 'enc',
    ordinal,
    state: 'active',
    createdAt: madeAt,
    stateSince: madeAt,
    wantedAt: null,
    uses: 0,
    wrapped: `wrapped ${ordinal}`,
    reason: null,
  } as StoredRootKey;
}
