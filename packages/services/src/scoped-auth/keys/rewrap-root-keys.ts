// Changes the key-encryption key without stopping anything: nodes that are given the new one and the former one read
// root keys wrapped by either, an operator has the stored ones wrapped anew, and the former one can be taken away.

import { StartError } from '../../platform/start-error.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import { isLiving, type RootKeyStore } from './root-key.ts';

/** Wraps with `kek` and unwraps with whichever of the two fits: for the time from setting a new key to re-wrapping. */
export function withFormerKey(kek: KeyEncryptionKey, former: KeyEncryptionKey): KeyEncryptionKey {
  return {
    source: kek.source,
    wrap: (rootId, rootKey) => kek.wrap(rootId, rootKey),
    unwrap: async (rootId, wrapped) => (await kek.unwrap(rootId, wrapped)) ?? former.unwrap(rootId, wrapped),
  };
}

/** What re-wrapping did. */
export interface RewrapAnswer {
  /** Root keys that were wrapped anew. */
  readonly rewrapped: number;
  /** Root keys that were wrapped by the new key already, by an earlier call that did not end for instance. */
  readonly alreadyWrapped: number;
}

/** Keys that were added meanwhile, still under the former key, are caught by a further round. */
const roundsMax = 8;

/**
 * Wraps all root keys with another key-encryption key, one at a time, each in one write that compares with what it
 * replaces: a crash leaves some under the one and some under the other, and the next call goes on. Nothing is
 * overwritten before its new form has been unwrapped again. Set the nodes up with `withFormerKey` before.
 * @throws StartError, before anything is changed, if a root key is wrapped by neither of the two
 */
export async function rewrapRootKeys(
  store: Pick<RootKeyStore, 'list' | 'rewrap'>,
  former: KeyEncryptionKey,
  kek: KeyEncryptionKey,
): Promise<RewrapAnswer> {
  let rewrapped = 0;
  for (let round = 0; round < roundsMax; round += 1) {
    const { due, alreadyWrapped } = await wrappedByFormer(store, former, kek);
    if (due.length === 0) return { rewrapped, alreadyWrapped: alreadyWrapped - rewrapped };
    for (const { id, wrapped } of due) {
      // False: it was killed, retired or wrapped anew since.
      if (await store.rewrap(id, wrapped, await wrapAnew(id, wrapped, former, kek))) rewrapped += 1;
    }
  }
  throw new Error('Root keys are added under the former key-encryption key all the time. Give every node the new one.');
}

async function wrappedByFormer(store: Pick<RootKeyStore, 'list'>, former: KeyEncryptionKey, kek: KeyEncryptionKey) {
  const due: { readonly id: string; readonly wrapped: string }[] = [];
  let alreadyWrapped = 0;
  for (const { id, wrapped } of (await store.list()).filter(({ state }) => isLiving(state))) {
    const rootKey = await former.unwrap(id, wrapped);
    if (rootKey !== undefined) due.push({ id, wrapped });
    else if ((await kek.unwrap(id, wrapped)) !== undefined) alreadyWrapped += 1;
    else {
      throw new StartError(
        `The root key ${id} was wrapped neither by the former key-encryption key (${former.source}) nor by the new one ` +
          `(${kek.source}). Nothing was changed.`,
      );
    }
    rootKey?.fill(0);
  }
  return { due, alreadyWrapped };
}

async function wrapAnew(id: string, wrapped: string, former: KeyEncryptionKey, kek: KeyEncryptionKey): Promise<string> {
  const rootKey = await former.unwrap(id, wrapped);
  if (rootKey === undefined) throw new Error(`The root key ${id} could be unwrapped a moment ago, and cannot now.`);
  const anew = await kek.wrap(id, rootKey);
  const check = await kek.unwrap(id, anew);
  const isSame = check?.equals(rootKey) === true;
  rootKey.fill(0);
  check?.fill(0);
  if (!isSame) throw new Error(`The new key-encryption key (${kek.source}) does not give back what it wrapped.`);
  return anew;
}
