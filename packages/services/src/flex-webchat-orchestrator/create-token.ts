// POST /v2/Webchat/Token: begins a session.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { addressPrefix } from '../platform/limit.ts';
import { answerVisitor } from './answer-visitor.ts';
import type { OrchestratorDependencies } from './create-orchestrator.ts';
import { fingerprintIfSecured } from './fingerprint-if-secured.ts';
import { admitOrigin } from './origin-decision.ts';
import { tokenBody } from './token-body.ts';

/** Finds the deployment, decides on the origin, generates the fingerprint and asks Federated Auth for a token. */
export function createToken(
  dependencies: OrchestratorDependencies,
  { deploymentKey, visitor }: InputOf<typeof flexWebchatOrchestrator, 'createToken'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'createToken'>> {
  return answerVisitor(dependencies, deploymentKey, visitor, context, async ({ configuration, lives, covers }) => {
    const { accountSid, deploymentSid, grants, limits } = configuration;
    await dependencies.createLimit(`${deploymentSid} ${addressPrefix(visitor.address)}`, limits.createPerMinutePerAddress);
    admitOrigin(covers, visitor);
    const fingerprint = await fingerprintIfSecured(dependencies, configuration, visitor, context);
    const token = await dependencies.federatedAuth.createToken(
      { accountSid, deploymentSid, grants, lives, fingerprint },
      context,
    );
    return { status: 201, body: tokenBody(token, dependencies.clock) };
  });
}
