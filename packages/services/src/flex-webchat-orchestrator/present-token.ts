// What Refresh and End have in common: the origin is decided on, the browser's signals are read, and both go with the
// presented token to Federated Auth.

import type { CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { isPending } from '../platform/awaitable.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import type { Deployment } from './deployment-snapshot.ts';
import { fingerprintIfSecured } from './fingerprint-if-secured.ts';
import { admitOrigin } from './origin-decision.ts';

/** Makes of a visitor's token what Federated Auth judges it by. */
export async function presentToken(
  { securityFlag }: OrchestratorDependencies,
  { configuration, covers }: Deployment,
  token: string,
  visitor: Visitor,
  context: CallContext,
): Promise<InputOf<typeof federatedAuth, 'endSession'>> {
  admitOrigin(covers, visitor);
  const { accountSid, deploymentSid, fingerprintSensitivity: sensitivity, reportOnly, proofOfPossession } = configuration;
  const flag = securityFlag(configuration);
  const fingerprint = fingerprintIfSecured(isPending(flag) ? await flag : flag, visitor, context);
  return { accountSid, deploymentSid, token, fingerprint, sensitivity, reportOnly, proofOfPossession, ...visitor.proof };
}
