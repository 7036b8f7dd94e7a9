// Scoped Auth (SAS): makes and validates the scoped tokens. The only participant that holds keys. Read on from here: a file
// for each operation; token/ is the format, keys/ where its keys come from, proof/ how possession of a key is proven,
// signals/ how a browser is recognised, sessions/ how a refresh is told from a replay, revocations/ what is dead,
// backends/ who outside may ask.

import type { AnswerOf, CallContext, InputOf, Interface } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Awaitable } from '../platform/awaitable.ts';
import type { ScopedAuthDependencies, ScopedAuthParts } from './dependencies.ts';
import { generate } from './generate.ts';
import { introspect } from './introspect.ts';
import { createNonces } from './proof/nonces.ts';
import { createProofKeys } from './proof/proof-key.ts';
import { createReplayMemory } from './proof/replay-memory.ts';
import { publishRevocations } from './publish-revocations.ts';
import { pooledRandomBytes } from './random.ts';
import { createSessionTable } from './sessions/session-table.ts';
import { validate } from './validate.ts';
import { verifyFirstProof } from './verify-first-proof.ts';

/** Scoped Auth as those reach it that share its process. */
export interface ScopedAuth extends Interface<typeof scopedAuth> {
  /** What `validate` does; an answer that waits for nothing is there at once. */
  judge(input: InputOf<typeof scopedAuth, 'validate'>, context: CallContext): Awaitable<AnswerOf<typeof scopedAuth, 'validate'>>;
}

/** Makes Scoped Auth. Its hot path touches no store and no network. */
export function createScopedAuth(dependencies: ScopedAuthDependencies): ScopedAuth {
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
    validate: async (input, context) => validate(parts, input, context),
    judge: (input, context) => validate(parts, input, context),
    introspect: async (input, context) => introspect(parts, input, context),
    revocationFeed: (input, context) => publishRevocations(parts, input, context),
    verifyProof: (input) => verifyFirstProof(parts, input),
    revoke: async (revocation) => {
      await revocations.revoke({ ...revocation, madeBy: 'federated-auth' });
      return { revoked: true };
    },
    publishedKeys: async () => ({ keys: keyRing.publishedKeys().keys.map((key) => ({ ...key })) }),
  };
}
