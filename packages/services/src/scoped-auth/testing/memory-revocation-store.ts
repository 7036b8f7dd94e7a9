// Revocations in memory, for tests that are not about where they are kept.

import type { Clock } from '../../platform/clock.ts';
import { recordedLog } from '../../platform/testing/recorded-log.ts';
import { openRevocations, type Revocations } from '../revocations/open-revocations.ts';
import type { FeedEntry } from '../revocations/revocation.ts';
import type { RevocationStore } from '../revocations/revocation-store.ts';

export function memoryRevocationStore(): RevocationStore {
  const written: FeedEntry[] = [];
  return {
    async add(revocations) {
      for (const revocation of revocations) written.push({ ...revocation, sequence: written.length + 1 });
    },
    async after(sequence, limit) {
      const entries = written.slice(sequence, sequence + limit);
      return { entries, readTo: entries.at(-1)?.sequence };
    },
    newest: async () => written.length,
    prune: async () => 0,
  };
}

export function testRevocations(clock: Clock): Promise<Revocations> {
  return openRevocations({
    store: memoryRevocationStore(),
    clock,
    log: recordedLog().log,
    sessionSecondsMax: 2_592_000,
    clockLeewaySeconds: 60,
  });
}
