// Create: a new session, a new identity, the roles of the deployment.

import { randomUUID } from 'node:crypto';
import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import { numericDate } from '../platform/clock.ts';
import type { FederatedAuthDependencies } from './create-federated-auth.ts';
import { endsOf } from './session-ends.ts';

/** Begins a session and has a token made for it. The identity is made by Scoped Auth, with the token. */
export async function createToken(
  { scopedAuth, clock }: FederatedAuthDependencies,
  { accountSid, deploymentSid, grants, lives, fingerprint }: InputOf<typeof federatedAuth, 'createToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'createToken'>> {
  const startedAt = numericDate(clock);
  const { token, identity, expiration } = await scopedAuth.generate(
    {
      accountSid,
      deploymentSid,
      grants,
      ttl: lives.tokenTtlSeconds,
      encrypt: true,
      fingerprint,
      session: { id: randomUUID(), startedAt, generation: 0 },
      ...endsOf(lives, startedAt, startedAt),
    },
    context,
  );
  return { token, identity, expiration, roles: grants };
}
