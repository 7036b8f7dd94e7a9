// What create and refresh have in common: the deployment is found first, its configuration is read once and kept until
// the execution ends, and every answer, a refusal too, bears the Access-Control-Allow-Origin of that configuration.

import { type CallContext, noteStep } from '@gangway/contracts/contract';
import type { OrchestratorAnswer, Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal, refusalBody } from '@gangway/contracts/refusals';
import { isPending } from '../platform/awaitable.ts';
import { addressPrefix } from '../platform/limit.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import type { Deployment } from './deployment-snapshot.ts';

/** How many requests with unknown deployment keys a minute an address may make: guessing is hopeless, but not free. */
const unknownKeysPerMinute = 60;

/** Finds the deployment, lets `answer` do the rest, and turns a refusal of either into an answer. */
export async function answerVisitor(
  { deployments, createLimit, log }: OrchestratorDependencies,
  deploymentKey: string,
  visitor: Pick<Visitor, 'address' | 'origin'>,
  context: CallContext,
  answer: (deployment: Deployment) => Promise<OrchestratorAnswer>,
): Promise<OrchestratorAnswer> {
  let deployment: Deployment | undefined;
  let answered: OrchestratorAnswer;
  try {
    noteStep(context, 'flex-webchat-orchestrator', 'Fetches accountSid with Deployment Key');
    const found = deployments.find(deploymentKey, context);
    deployment = isPending(found) ? await found : found;
    if (deployment === undefined) {
      createLimit(`unknown ${addressPrefix(visitor.address)}`, unknownKeysPerMinute);
      throw new Refusal('deployment_not_found');
    }
    noteStep(context, 'flex-webchat-orchestrator', 'Keeps configurations locally till execution ends');
    answered = await answer(deployment);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { requestId } = context;
    const { code, detail, status, message, retryAfterSeconds } = error;
    log.info(
      { requestId, code, deploymentSid: deployment?.configuration.deploymentSid, origin: visitor.origin, detail },
      'refused',
    );
    answered = { status, body: { ...refusalBody(code, message, requestId) }, retryAfterSeconds };
  }
  if (deployment !== undefined) {
    noteStep(
      context,
      'flex-webchat-orchestrator',
      'Sets ACAO response header to * if allowedOrigins is empty. otherwise sets comma separated value',
    );
    answered.accessControlAllowOrigin = deployment.accessControlAllowOrigin;
  }
  return answered;
}
