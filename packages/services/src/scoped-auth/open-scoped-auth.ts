// Opens Scoped Auth on what it stands on: its keys, revocations and backends in the store, the key-encryption key beside it.

import { randomBytes } from 'node:crypto';
import type { Backend, Interface } from '@gangway/contracts/contract';
import type { operator } from '@gangway/contracts/operator';
import type { Kysely } from 'kysely';
import type { Clock } from '../platform/clock.ts';
import { loadDefaultExport } from '../platform/load-default-export.ts';
import type { Log } from '../platform/log.ts';
import { StartError } from '../platform/start-error.ts';
import { credentialIn } from './backends/backend-credential.ts';
import { type BackendTables, backendMigrations, databaseBackendStore } from './backends/backend-store.ts';
import { openBackends } from './backends/open-backends.ts';
import { createOperations } from './create-operations.ts';
import { createScopedAuth, type ScopedAuth } from './create-scoped-auth.ts';
import { type KeyEncryptionKey, openKeyEncryptionKey } from './keys/key-encryption-key.ts';
import { defaultKeyPolicy } from './keys/key-life.ts';
import { type KeyRing, openKeyRing } from './keys/key-ring.ts';
import { rewrapRootKeys, withFormerKey } from './keys/rewrap-root-keys.ts';
import type { RootKeyStore } from './keys/root-key.ts';
import {
  databaseRootKeyStore,
  type ScopedAuthTables as RootKeyTables,
  scopedAuthMigrations as rootKeyMigrations,
} from './keys/root-key-store.ts';
import { openRevocations } from './revocations/open-revocations.ts';
import { databaseRevocationStore } from './revocations/revocation-store.ts';
import { type RevocationTables, revocationMigrations } from './revocations/revocation-tables.ts';

/** The tables of Scoped Auth. */
export type ScopedAuthTables = RootKeyTables & RevocationTables & BackendTables;
export const scopedAuthMigrations = { ...rootKeyMigrations, ...revocationMigrations, ...backendMigrations };

/** What Scoped Auth is opened on. */
export interface ScopedAuthGround {
  readonly database: Kysely<ScopedAuthTables>;
  readonly dataFolder: string;
  /** The text of GANGWAY_KEK, and of the key-encryption key that it replaces. */
  readonly kek: string | undefined;
  readonly formerKek: string | undefined;
  /** A module that wraps and unwraps root keys in its place. */
  readonly kekProvider?: string | undefined;
  /** Beyond this age of what is known of revocations, tokens are refused; never where it is not given. */
  readonly revocationAgeSecondsMax: number | undefined;
  readonly clock: Clock;
  readonly clockLeewaySeconds: number;
  readonly log: Log;
}

/** Scoped Auth, open. */
export interface OpenScopedAuth {
  readonly scopedAuth: ScopedAuth;
  /** Tells which backend an `Authorization` header is of, or undefined where it is of none that counts. */
  verifyBackend(authorization: string | undefined): Backend | undefined;
  /** The same for a bare credential. */
  verifyCredential(credential: string | undefined, connection?: object): Backend | undefined;
  /** What an operator can do with keys, revocations and backends. */
  readonly operations: Interface<typeof operator>;
  /** Hears what other nodes did with keys, revocations and backends, and does what is due. Never fails. */
  follow(): Promise<void>;
}

/**
 * Opens Scoped Auth.
 * @throws StartError where the key-encryption key is missing or another one, or the store cannot be read
 */
export async function openScopedAuth(ground: ScopedAuthGround): Promise<OpenScopedAuth> {
  const { database, clock, clockLeewaySeconds, log } = ground;
  const store = databaseRootKeyStore(database.$pickTables<keyof RootKeyTables>());
  const revocationStore = databaseRevocationStore(database.$pickTables<keyof RevocationTables>());
  const kek = await keyEncryptionKey(ground, store);
  const keyRing = await openKeyRing({ store, kek, clock });
  const revocations = await openRevocations({
    store: revocationStore,
    clock,
    log,
    sessionSecondsMax: defaultKeyPolicy.tokenLifeSecondsMax,
    clockLeewaySeconds,
    ageSecondsMax: ground.revocationAgeSecondsMax,
  });
  const backendStore = databaseBackendStore(database.$pickTables<keyof BackendTables>());
  const backends = await openBackends({ store: backendStore, clock, log });
  return {
    scopedAuth: createScopedAuth({ clock, keyRing, revocations, log, clockLeewaySeconds }),
    verifyBackend: (authorization) => backends.verify(credentialIn(authorization)),
    verifyCredential: backends.verify,
    operations: createOperations({
      ...{ store, clock, kek, keyRing, revocations, revocationStore },
      backends: { store: backendStore, randomBytes, backends },
    }),
    async follow() {
      await Promise.all([revocations.follow(), followKeys(keyRing, log), backends.follow()]);
    },
  };
}

/** The key-encryption key; where another one is replaced, the root keys are wrapped anew first. */
async function keyEncryptionKey(ground: ScopedAuthGround, store: RootKeyStore): Promise<KeyEncryptionKey> {
  const kek = await currentKey(ground);
  if (ground.formerKek === undefined) return kek;
  const former = openKeyEncryptionKey({ text: ground.formerKek, dataDirectory: undefined, setting: 'GANGWAY_FORMER_KEK' });
  const { rewrapped } = await rewrapRootKeys(store, former, kek);
  ground.log.info({ rewrapped }, 'root keys are wrapped by the new key-encryption key');
  return withFormerKey(kek, former);
}

async function currentKey({ kek: text, kekProvider, dataFolder }: ScopedAuthGround): Promise<KeyEncryptionKey> {
  if (kekProvider === undefined) return openKeyEncryptionKey({ text, dataDirectory: dataFolder });
  if (text !== undefined) throw new StartError('GANGWAY_KEK and GANGWAY_KEK_PROVIDER are both set. Take one away.');
  const provider = 'a key-encryption key';
  const key = await loadDefaultExport<KeyEncryptionKey>('GANGWAY_KEK_PROVIDER', kekProvider, provider, ['wrap', 'unwrap']);
  return {
    source: key.source ?? kekProvider,
    wrap: (id, secret) => key.wrap(id, secret),
    unwrap: (id, text) => key.unwrap(id, text),
  };
}

async function followKeys(keyRing: KeyRing, log: Log): Promise<void> {
  try {
    await keyRing.follow();
    for (const taken of await keyRing.tend()) log.info(taken, 'a key took the next step of its life');
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'keys cannot be heard');
  }
}
