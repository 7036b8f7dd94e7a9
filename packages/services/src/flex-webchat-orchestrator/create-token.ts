// POST /v2/Webchat/Token: begins a session.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { answerVisitor } from './answer-visitor.ts';
import { beginSession } from './begin-session.ts';
import type { OrchestratorDependencies } from './dependencies.ts';

/** Finds the deployment, decides on the origin, generates the fingerprint and asks Federated Auth for a token. */
export function createToken(
  dependencies: OrchestratorDependencies,
  { deploymentKey, visitor }: InputOf<typeof flexWebchatOrchestrator, 'createToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'createToken'>> {
  return answerVisitor(dependencies, deploymentKey, visitor, context, (deployment) =>
    beginSession(dependencies, deployment, visitor, undefined, context),
  );
}
