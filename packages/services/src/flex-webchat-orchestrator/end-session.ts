// POST /v2/Webchat/Token/End: the holder ends the session.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { answerVisitor } from './answer-visitor.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import { presentToken } from './present-token.ts';
import { refusedToken } from './token-body.ts';

/** Has a token judged as for a refresh and its session ended, or says why not. */
export function endSession(
  dependencies: OrchestratorDependencies,
  { deploymentKey, token, visitor }: InputOf<typeof flexWebchatOrchestrator, 'endSession'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'endSession'>> {
  return answerVisitor(dependencies, deploymentKey, visitor, context, async (deployment) => {
    const presented = await presentToken(dependencies, deployment, token, visitor, context);
    const answer = await dependencies.federatedAuth.endSession(presented, context);
    if ('valid' in answer) return refusedToken(answer, context);
    const { deploymentSid } = deployment.configuration;
    if (answer.reported !== undefined) dependencies.drift.reported(deploymentSid, answer.reported, context);
    return { status: 204, dpopNonce: answer.dpopNonce };
  });
}
