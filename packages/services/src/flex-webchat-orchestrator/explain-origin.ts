// GET /v2/Webchat/Origin: so that a widget's author learns why a page is refused. It judges the request's own Origin and
// names no entry of the list.

import type { AnswerOf, CallContext, InputOf } from '@gangway/contracts/contract';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { refusals } from '@gangway/contracts/refusals';
import { addressPrefix } from '../platform/limit.ts';
import { answerVisitor } from './answer-visitor.ts';
import type { OrchestratorDependencies } from './dependencies.ts';

const perMinutePerAddress = 60;

/** Says whether the request's origin may use the deployment, and why not. Any page may read the answer. */
export async function explainOrigin(
  dependencies: OrchestratorDependencies,
  { deploymentKey, origin, address }: InputOf<typeof flexWebchatOrchestrator, 'explainOrigin'>,
  context: CallContext,
): Promise<AnswerOf<typeof flexWebchatOrchestrator, 'explainOrigin'>> {
  const answer = await answerVisitor(dependencies, deploymentKey, { origin, address }, context, async ({ covers }) => {
    dependencies.createLimit(`explain ${addressPrefix(address)}`, perMinutePerAddress);
    return { status: 200, body: judge(origin, covers(origin)) };
  });
  return { ...answer, accessControlAllowOrigin: '*' };
}

function judge(origin: string | undefined, allowed: boolean): Record<string, unknown> {
  if (origin === undefined) {
    return {
      origin: null,
      allowed,
      code: 'origin_missing',
      message: 'The request has no Origin header: ask from the page itself.',
    };
  }
  if (allowed) return { origin, allowed };
  return { origin, allowed, code: 'origin_not_allowed', message: refusals.origin_not_allowed.message };
}
