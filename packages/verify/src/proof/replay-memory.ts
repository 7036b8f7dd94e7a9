// Which proofs have been used: each counts once (RFC 9449, section 11.1). A proof is worth nothing once its nonce has expired,
// so it is remembered until then and no longer.

import type { Clock } from '../clock.ts';

/** Remembers used proofs. */
export interface ReplayMemory {
  /**
   * Remembers a proof until `usableUntilMs` (milliseconds since 1970). `replay`: it was remembered already. `full`: it could
   * not be remembered, and so must not count.
   * @param proof a hash of its key and its `jti`
   */
  remember(proof: string, usableUntilMs: number): 'new' | 'replay' | 'full';
  /** In how many seconds there is room again. */
  roomInSeconds(): number;
}

const generationMs = 30_000;

/** Makes a replay memory. Full, it refuses: to forget a proof that could come again would let it pass. */
export function createReplayMemory(clock: Pick<Clock, 'now'>, entriesMax: number): ReplayMemory {
  // Proofs by the end of the half minute in which they become useless, so that forgetting them is dropping a set.
  const generations = new Map<number, Set<string>>();
  let entryCount = 0;

  function forgetUseless(nowMs: number): void {
    for (const [endMs, entries] of generations) {
      if (endMs > nowMs) continue;
      generations.delete(endMs);
      entryCount -= entries.size;
    }
  }

  return {
    remember(proof, usableUntilMs) {
      forgetUseless(clock.now());
      for (const entries of generations.values()) if (entries.has(proof)) return 'replay';
      if (entryCount >= entriesMax) return 'full';
      const endMs = Math.ceil(usableUntilMs / generationMs) * generationMs;
      const entries = generations.get(endMs) ?? new Set();
      generations.set(endMs, entries.add(proof));
      entryCount += 1;
      return 'new';
    },
    roomInSeconds: () => Math.max(1, Math.ceil((Math.min(...generations.keys()) - clock.now()) / 1000)),
  };
}
