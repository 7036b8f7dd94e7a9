// End: the holder of a session ends it. Whoever could not refresh it cannot end it either.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { FederatedAuthDependencies } from './dependencies.ts';
import { judgeToken } from './judge-token.ts';

/** Judges the token as for a refresh and revokes its session; or says why not. */
export async function endSession(
  dependencies: FederatedAuthDependencies,
  input: InputOf<typeof federatedAuth, 'endSession'>,
  context: CallContext,
): Promise<AnswerOf<typeof federatedAuth, 'endSession'>> {
  const judged = await judgeToken(dependencies, input, context);
  if ('valid' in judged) return judged;
  const { session, dpopNonce, refresh } = judged;
  await dependencies.scopedAuth.revoke({ kind: 'session', subject: session.id, reason: 'ended by its holder' }, context);
  return { ended: true, dpopNonce, reported: refresh?.reported };
}
