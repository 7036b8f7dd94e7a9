// POST /v2/Webchat/Token/Refresh: goes on with a session.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { refusalBody, refusals } from '@gangway/contracts/refusals';
import { answerVisitor } from './answer-visitor.ts';
import type { OrchestratorDependencies } from './create-orchestrator.ts';
import { fingerprintIfSecured } from './fingerprint-if-secured.ts';
import { admitOrigin } from './origin-decision.ts';
import { tokenBody } from './token-body.ts';

/** Finds the deployment, decides on the origin, generates the fingerprint and has the token refreshed, or says why not. */
export function refreshToken(
  dependencies: OrchestratorDependencies,
  { deploymentKey, token, visitor }: InputOf<typeof flexWebchatOrchestrator, 'refreshToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'refreshToken'>> {
  return answerVisitor(dependencies, deploymentKey, visitor, context, async ({ configuration, lives, covers }) => {
    const { accountSid, deploymentSid, fingerprintSensitivity: sensitivity, limits } = configuration;
    admitOrigin(covers, visitor);
    const fingerprint = await fingerprintIfSecured(dependencies, configuration, visitor, context);
    const { refreshPerMinutePerSession } = limits;
    const answer = await dependencies.federatedAuth.refreshToken(
      { accountSid, deploymentSid, token, fingerprint, sensitivity, lives, refreshPerMinutePerSession },
      context,
    );
    if ('token' in answer) return { status: 200, body: tokenBody(answer, dependencies.clock) };
    const { valid, code, message } = answer;
    return { status: refusals[code].status, body: { valid, ...refusalBody(code, message, context.requestId) } };
  });
}
