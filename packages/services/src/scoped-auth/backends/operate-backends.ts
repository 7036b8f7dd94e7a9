// What an operator can do with backends: make one, list them, give one another credential, end one. A credential is shown
// once, to whoever asked for it; nothing that is kept leads back to it.

import type { Interface } from '@gangway/contracts/contract';
import type { BackendDescription, operator } from '@gangway/contracts/operator';
import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from '../../platform/clock.ts';
import type { RandomBytes } from '../random.ts';
import type { StoredBackend } from './backend.ts';
import { hashCredential, newBackendId, newCredential } from './backend-credential.ts';
import type { BackendStore } from './backend-store.ts';
import type { Backends } from './open-backends.ts';

/** What operating backends needs. */
export interface BackendOperationDependencies {
  readonly store: BackendStore;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Those of this process, which then go by the change at once; other nodes hear of it within a second. */
  readonly backends: Pick<Backends, 'follow'>;
}

/** So long a backend may take to change its credential: a working day and a night. */
const formerLifeMs = 24 * 60 * 60 * 1000;
/** As it can be shown on any terminal. */
const namePattern = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$/u;

type BackendOperations = Pick<Interface<typeof operator>, 'createBackend' | 'listBackends' | 'rotateBackend' | 'revokeBackend'>;

/** Makes the operations over the store. */
export function operateBackends({ store, clock, randomBytes, backends }: BackendOperationDependencies): BackendOperations {
  const find = async (id: string) => (await store.list()).find((backend) => backend.id === id);
  return {
    async createBackend({ name, accounts }) {
      if (!namePattern.test(name)) {
        throw new Refusal('invalid_request', { message: 'Name it with 1 to 64 printable characters.' });
      }
      const id = newBackendId(randomBytes);
      const credential = newCredential(id, randomBytes);
      const backend: StoredBackend = {
        ...{ id, name, accounts, hash: hashCredential(credential).toString('hex'), createdAtMs: clock.now() },
        ...{ formerHash: '', formerUntilMs: null, rotatedAtMs: null, revokedAtMs: null },
      };
      await store.add(backend);
      await backends.follow();
      return { backend: describe(backend), credential };
    },

    listBackends: async () => ({ backends: (await store.list()).map(describe) }),

    async rotateBackend({ id }) {
      const credential = newCredential(id, randomBytes);
      const formerUntilMs = clock.now() + formerLifeMs;
      if (await store.rotate(id, hashCredential(credential).toString('hex'), clock.now(), formerUntilMs)) {
        await backends.follow();
        return { rotated: true, credential, formerUntil: new Date(formerUntilMs).toISOString() };
      }
      return { rotated: false, why: (await find(id)) === undefined ? 'unknown' : 'revoked' };
    },

    async revokeBackend({ id }) {
      if (await store.revoke(id, clock.now())) {
        await backends.follow();
        return { revoked: true };
      }
      return { revoked: false, why: (await find(id)) === undefined ? 'unknown' : 'already_revoked' };
    },
  };
}

const shown = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString());

function describe({ id, name, accounts, createdAtMs, ...backend }: StoredBackend): BackendDescription {
  return {
    ...{ id, name, accounts: [...accounts] },
    createdAt: new Date(createdAtMs).toISOString(),
    rotatedAt: shown(backend.rotatedAtMs),
    formerUntil: shown(backend.formerUntilMs),
    revokedAt: shown(backend.revokedAtMs),
  };
}
