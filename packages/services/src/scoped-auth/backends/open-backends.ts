// The backends that this node admits: what the store says, heard each second, so that no request waits for it.

import type { Backend } from '@gangway/contracts/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { StartError } from '../../platform/start-error.ts';
import type { StoredBackend } from './backend.ts';
import { claimedBackendId, hashCredential, isSameHash } from './backend-credential.ts';
import type { BackendStore } from './backend-store.ts';

/** The backends of this node. */
export interface Backends {
  /**
   * Whose credential this is, or undefined where it does not count now.
   * @param connection what it came on: whoever shows there what counted there a moment ago need not be hashed again
   */
  verify(credential: string | undefined, connection?: object): Backend | undefined;
  /** Hears what operators changed, here and on other nodes. Never fails: the next time may go better. */
  follow(): Promise<void>;
}

export interface BackendsDependencies {
  readonly store: Pick<BackendStore, 'list'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Opens the backends of a node.
 * @throws StartError where they cannot be read
 */
export async function openBackends({ store, clock, log }: BackendsDependencies): Promise<Backends> {
  let known: ReadonlyMap<string, Known> = new Map();
  /** The credential that last counted on a connection. Nobody learns by its comparison what they have not shown before. */
  const shownOn = new WeakMap<object, { readonly credential: string; readonly by: Known }>();
  let asked = 0;
  let heard = 0;
  let isAway = false;

  async function hear(): Promise<void> {
    asked += 1;
    const turn = asked;
    const found = await store.list();
    // Of two answers that overtake each other, the one asked for first knows less.
    if (turn < heard) return;
    heard = turn;
    known = new Map(found.filter(({ revokedAtMs }) => revokedAtMs === null).map((backend) => [backend.id, toKnown(backend)]));
  }

  try {
    await hear();
  } catch (error) {
    throw new StartError(`The backends cannot be read: ${String(error)}`, { cause: error });
  }
  return {
    verify(credential, connection) {
      const id = credential === undefined ? undefined : claimedBackendId(credential);
      const found = id === undefined ? undefined : known.get(id);
      if (credential === undefined || found === undefined) return undefined;
      const before = connection && shownOn.get(connection);
      // Each hearing makes them anew, so this holds for a second.
      if (before?.by === found && before.credential === credential) return found.backend;
      const { hash, formerHash, formerUntilMs } = found;
      const shown = hashCredential(credential);
      if (isSameHash(shown, hash)) {
        if (connection !== undefined) shownOn.set(connection, { credential, by: found });
        return found.backend;
      }
      const isFormer = isSameHash(shown, formerHash) && formerUntilMs !== null && clock.now() < formerUntilMs;
      return isFormer ? found.backend : undefined;
    },

    async follow() {
      try {
        await hear();
        if (isAway) log.info({ backends: known.size }, 'backends are heard again');
        isAway = false;
      } catch (error) {
        if (!isAway) log.warn({ reason: String(error) }, 'backends cannot be heard');
        isAway = true;
      }
    },
  };
}

/** A backend as requests need it: each proxy asks with its credential for every request of every visitor. */
interface Known {
  readonly backend: Backend;
  readonly hash: Buffer;
  readonly formerHash: Buffer;
  readonly formerUntilMs: number | null;
}

function toKnown({ id, accounts, hash, formerHash, formerUntilMs }: StoredBackend): Known {
  const backend = { id, accounts };
  return { backend, hash: Buffer.from(hash, 'hex'), formerHash: Buffer.from(formerHash, 'hex'), formerUntilMs };
}
