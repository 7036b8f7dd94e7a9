// What the operations of Scoped Auth work with.

import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Nonces } from './proof/nonces.ts';
import type { ProofKeys } from './proof/proof-key.ts';
import type { ReplayMemory } from './proof/replay-memory.ts';
import type { RandomBytes } from './random.ts';
import type { Revocations } from './revocations/open-revocations.ts';
import type { SessionStates } from './sessions/session-states.ts';

/** What Scoped Auth needs. */
export interface ScopedAuthDependencies {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly revocations: Revocations;
  readonly log: Pick<Log, 'info'>;
  /** By how many seconds the clocks of two nodes may differ: applied to `exp` and `nbf`. */
  readonly clockLeewaySeconds: number;
  /** In the memory of this node unless given. */
  readonly sessions?: SessionStates;
  /** In the memory of this node unless given. */
  readonly replayMemory?: ReplayMemory;
  /** From the operating system unless given. */
  readonly randomBytes?: RandomBytes;
}

/** What the operations share. */
export interface ScopedAuthParts extends Required<ScopedAuthDependencies> {
  readonly nonces: Nonces;
  readonly proofKeys: ProofKeys;
}
