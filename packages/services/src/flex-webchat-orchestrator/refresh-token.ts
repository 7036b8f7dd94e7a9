// POST /v2/Webchat/Token/Refresh: goes on with a session.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { answerVisitor } from './answer-visitor.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import { presentToken } from './present-token.ts';
import { refusedToken, tokenBody } from './token-body.ts';

/** Has a token judged and refreshed, or says why not. */
export function refreshToken(
  dependencies: OrchestratorDependencies,
  { deploymentKey, token, visitor }: InputOf<typeof flexWebchatOrchestrator, 'refreshToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'refreshToken'>> {
  const { federatedAuth, clock, drift } = dependencies;
  return answerVisitor(dependencies, deploymentKey, visitor, context, async (deployment) => {
    const presented = await presentToken(dependencies, deployment, token, visitor, context);
    const { configuration, lives } = deployment;
    const { refreshPerMinutePerSession } = configuration.limits;
    const answer = await federatedAuth.refreshToken(
      { ...presented, lives, encrypt: configuration.encrypt, refreshPerMinutePerSession },
      context,
    );
    if ('valid' in answer) return refusedToken(answer, context);
    if (answer.reported !== undefined) drift.reported(configuration.deploymentSid, answer.reported, context);
    if (answer.boundLate) drift.boundLate(configuration.deploymentSid);
    return { status: 200, body: tokenBody(answer, clock), dpopNonce: answer.dpopNonce };
  });
}
