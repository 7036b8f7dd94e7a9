// Scoped Auth (SAS): makes and validates the scoped tokens. The only participant that holds keys. Read on from here: a file
// for each operation; token/ is the format, keys/ where its keys come from, proof/ how possession of a key is proven,
// signals/ how a browser is recognised, sessions/ how a refresh is told from a replay, revocations/ what is dead.

import type { Interface } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Clock } from '../platform/clock.ts';
import { generate } from './generate.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { createNonces, type Nonces } from './proof/nonces.ts';
import { createProofKeys, type ProofKeys } from './proof/proof-key.ts';
import { createReplayMemory, type ReplayMemory } from './proof/replay-memory.ts';
import { pooledRandomBytes, type RandomBytes } from './random.ts';
import type { Revocations } from './revocations/open-revocations.ts';
import type { SessionStates } from './sessions/session-states.ts';
import { createSessionTable } from './sessions/session-table.ts';
import { validate } from './validate.ts';
import { verifyFirstProof } from './verify-first-proof.ts';

/** What Scoped Auth needs. */
export interface ScopedAuthDependencies {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly revocations: Revocations;
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

/** Makes Scoped Auth. Its hot path touches no store and no network. */
export function createScopedAuth(dependencies: ScopedAuthDependencies): Interface<typeof scopedAuth> {
  const { clock, keyRing, revocations, clockLeewaySeconds } = dependencies;
  const parts: ScopedAuthParts = {
    sessions: createSessionTable(),
    replayMemory: createReplayMemory({ clock }),
    randomBytes: pooledRandomBytes(),
    ...dependencies,
    nonces: createNonces({ clock, clockLeewaySeconds, keys: keyRing.nonceKeys }),
    proofKeys: createProofKeys(),
  };
  return {
    generate: async (input) => generate(parts, input),
    validate: (input, context) => validate(parts, input, context),
    verifyProof: (input) => verifyFirstProof(parts, input),
    revoke: async (revocation) => {
      await revocations.revoke({ ...revocation, madeBy: 'federated-auth' });
      return { revoked: true };
    },
    publishedKeys: async () => ({ keys: keyRing.publishedKeys().keys.map((key) => ({ ...key })) }),
  };
}
