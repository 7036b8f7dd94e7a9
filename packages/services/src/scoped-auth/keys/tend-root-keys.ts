// Takes the steps that are due in the lives of root keys. Every node does, whichever notices first: each step changes
// one row only if it is still what it was, so that none is taken twice and a crash leaves nothing half done.

import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { StartError } from '../../platform/start-error.ts';
import type { RandomBytes } from '../random.ts';
import { type KeyEncryptionKey, wrongKek } from './key-encryption-key.ts';
import { newId } from './key-id.ts';
import { activeKey, type DueStep, dueSteps, type KeyPolicy, publishedKey } from './key-life.ts';
import { isLiving, type KeyUse, keyUses, type RootKeyStore, type WrappedRootKey } from './root-key.ts';
import { rootKeyBytes } from './root-secret.ts';

/** What tending root keys needs. */
export interface RootKeyDependencies {
  readonly store: RootKeyStore;
  readonly kek: KeyEncryptionKey;
  readonly clock: Clock;
  /** The operating system's generator unless given. */
  readonly randomBytes?: RandomBytes;
  readonly policy: KeyPolicy;
}

/** A step that this node took. */
export interface TakenStep {
  readonly step: 'published' | 'activated' | 'retiring' | 'retired';
  readonly use: KeyUse;
  readonly keyId: string;
}

/** A first start takes four steps, a rotation three for each use. What is left over is due a second later. */
const stepsMax = 16;

/**
 * Takes all steps that are due, and gives those that this node took and no other. Rejects as the store and the
 * key-encryption key do; the steps taken until then stand.
 */
export async function tendRootKeys(dependencies: RootKeyDependencies): Promise<readonly TakenStep[]> {
  const { store, clock, policy } = dependencies;
  const taken: TakenStep[] = [];
  for (let count = 0; count < stepsMax; count += 1) {
    const keys = await store.list();
    const [due] = dueSteps(keys, policy, clock.now());
    if (due === undefined) break;
    taken.push(...(await take(dependencies, due, keys)));
  }
  return taken;
}

/**
 * Where a use has no active key, because it was killed, activates the published one, which most nodes know already.
 * Touches the store only then, and the key-encryption key never. Tells whether it changed anything.
 */
export async function appointSuccessors(
  store: Pick<RootKeyStore, 'move'>,
  clock: Clock,
  keys: readonly WrappedRootKey[],
): Promise<boolean> {
  let isChanged = false;
  for (const use of keyUses) {
    const next = publishedKey(keys, use);
    if (next === undefined || activeKey(keys, use) !== undefined) continue;
    // Also where another node was first: what was read before is out of date.
    await store.move(next.id, 'published', 'active', new Date(clock.now()).toISOString());
    isChanged = true;
  }
  return isChanged;
}

async function take(
  dependencies: RootKeyDependencies,
  due: DueStep,
  keys: readonly WrappedRootKey[],
): Promise<readonly TakenStep[]> {
  const { store, clock } = dependencies;
  const { use } = due;
  if (due.step === 'publish') {
    await checkKek(dependencies.kek, keys);
    const keyId = await addRootKey(dependencies, { use, state: due.state, ordinal: nextOrdinal(keys) });
    return [{ step: due.state === 'active' ? 'activated' : 'published', use, keyId }];
  }
  const at = new Date(clock.now()).toISOString();
  const { id: keyId } = due;
  switch (due.step) {
    case 'activate':
      return (await store.move(keyId, 'published', 'active', at)) ? [{ step: 'activated', use, keyId }] : [];
    case 'retiring':
      return (await store.move(keyId, 'active', 'retiring', at)) ? [{ step: 'retiring', use, keyId }] : [];
    case 'retire':
      return (await store.move(keyId, 'retiring', 'retired', at)) ? [{ step: 'retired', use, keyId }] : [];
  }
}

/** A key wrapped by another key-encryption key than its siblings would be of no use to any node, and look like one that is. */
async function checkKek(kek: KeyEncryptionKey, keys: readonly WrappedRootKey[]): Promise<void> {
  const newest = keys.findLast(({ state }) => isLiving(state));
  if (newest === undefined) return;
  const rootKey = await kek.unwrap(newest.id, newest.wrapped);
  if (rootKey === undefined) throw new StartError(wrongKek(kek));
  rootKey.fill(0);
}

/** One more than the last that was seen: if another node added a key since, the store does nothing. */
function nextOrdinal(keys: readonly WrappedRootKey[]): number {
  return 1 + Math.max(0, ...keys.map(({ ordinal }) => ordinal));
}

async function addRootKey(
  { store, kek, clock, randomBytes = systemRandomBytes }: RootKeyDependencies,
  { use, state, ordinal }: Pick<WrappedRootKey, 'use' | 'state' | 'ordinal'>,
): Promise<string> {
  const id = newId(randomBytes);
  const rootKey = randomBytes(rootKeyBytes);
  const wrapped = await kek.wrap(id, rootKey);
  rootKey.fill(0);
  const now = new Date(clock.now()).toISOString();
  await store.add({
    ...{ id, use, ordinal, state, wrapped },
    ...{ createdAt: now, stateSince: now, wantedAt: null, uses: 0, reason: null },
  });
  return id;
}
