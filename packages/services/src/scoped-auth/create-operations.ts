// What an operator can do with keys, revocations and backends, behind the admin port.

import type { Interface } from '@gangway/contracts/contract';
import type { operator } from '@gangway/contracts/operator';
import { Refusal } from '@gangway/contracts/refusals';
import { type BackendOperationDependencies, operateBackends } from './backends/operate-backends.ts';
import { type KeyOperationDependencies, killKey, listKeys, reasonPattern, rotateKeys } from './operate-keys.ts';
import type { Revocations } from './revocations/open-revocations.ts';
import type { RevocationStore } from './revocations/revocation-store.ts';

/** What the operations need. */
export interface OperationDependencies extends KeyOperationDependencies {
  readonly revocations: Pick<Revocations, 'revoke'>;
  readonly revocationStore: Pick<RevocationStore, 'after'>;
  readonly backends: Omit<BackendOperationDependencies, 'clock'>;
}

const listedAtOnce = 100;

/** Makes the operations over the store and the key ring of this node. */
export function createOperations(dependencies: OperationDependencies): Interface<typeof operator> {
  const { revocations, revocationStore, backends, clock } = dependencies;
  return {
    ...operateBackends({ ...backends, clock }),
    async listKeys() {
      const { keys, killedKeyIds } = await listKeys(dependencies);
      return { keys: [...keys], killedKeyIds: [...killedKeyIds] };
    },
    rotateKeys: async () => ({ rotations: [...(await rotateKeys(dependencies))] }),
    killKey: ({ keyId, reason }) => killKey(dependencies, keyId, reason),
    async revoke(revocation) {
      if (!reasonPattern.test(revocation.reason)) {
        throw new Refusal('invalid_request', { message: 'Say why it is revoked, in 1 to 200 printable characters.' });
      }
      await revocations.revoke({ ...revocation, madeBy: 'operator' });
      return { revoked: true };
    },
    async listRevocations({ after = '0' }) {
      const { entries } = await revocationStore.after(Number(after), listedAtOnce);
      return {
        revocations: entries.map(({ createdAtMs, expiresAtMs, ...rest }) => ({
          ...rest,
          createdAt: new Date(createdAtMs).toISOString(),
          expiresAt: new Date(expiresAtMs).toISOString(),
        })),
      };
    },
  };
}
