// A store of root keys under a process that dies: at one call, before or after the write took place, and with it every
// later call of that process. The store beneath lives on, as a database does.

import type { RootKeyStore } from '../keys/root-key.ts';

/** What a dead process throws. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CrashPoint {
  /** Counts the calls from 1. */
  readonly call: number;
  readonly moment: 'before' | 'after';
}

/** Wraps a store; `hasCrashed` tells whether the point was reached. */
export function crashingStore(
  store: RootKeyStore,
  { call: crashingCall, moment }: CrashPoint,
): { readonly store: RootKeyStore; hasCrashed(): boolean } {
  let calls = 0;
  const dying =
    <Arguments extends readonly unknown[], Result>(operation: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      calls += 1;
      const call = calls;
      if (call > crashingCall || (call === crashingCall && moment === 'before')) throw new Crash();
      const result = await operation(...given);
      if (call === crashingCall) throw new Crash();
      return result;
    };
  return {
    hasCrashed: () => calls >= crashingCall,
    store: {
      list: dying(store.list),
      history: dying(store.history),
      add: dying(store.add),
      move: dying(store.move),
      want: dying(store.want),
      kill: dying(store.kill),
      rewrap: dying(store.rewrap),
      addUses: dying(store.addUses),
      killedKeyIds: dying(store.killedKeyIds),
      killKeyId: dying(store.killKeyId),
      forgetKeyId: dying(store.forgetKeyId),
    },
  };
}
