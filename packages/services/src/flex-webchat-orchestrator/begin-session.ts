// What Token and Init have in common: the origin is decided on, the browser's signals are read, and Federated Auth begins a
// session.

import type { CallContext, InputOf } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { OrchestratorAnswer, Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { isPending } from '../platform/awaitable.ts';
import { addressPrefix } from '../platform/limit.ts';
import type { OrchestratorDependencies } from './dependencies.ts';
import type { Deployment } from './deployment-snapshot.ts';
import { fingerprintIfSecured } from './fingerprint-if-secured.ts';
import { admitOrigin } from './origin-decision.ts';
import { refusedToken, tokenBody } from './token-body.ts';

/** The identity that a visitor wishes to keep, and the token that bears it out. */
export type Wish = InputOf<typeof federatedAuth, 'createToken'>['wish'];

/** Begins a session of a deployment for a visitor; or says why not. */
export async function beginSession(
  { createLimit, federatedAuth, clock, securityFlag, drift }: OrchestratorDependencies,
  { configuration, lives, covers }: Deployment,
  visitor: Visitor,
  wish: Wish,
  context: CallContext,
): Promise<OrchestratorAnswer> {
  const { accountSid, deploymentSid, grants, encrypt, proofOfPossession, limits } = configuration;
  createLimit(`${deploymentSid} ${addressPrefix(visitor.address)}`, limits.createPerMinutePerAddress);
  admitOrigin(covers, visitor);
  const flag = securityFlag(configuration);
  const fingerprint = fingerprintIfSecured(isPending(flag) ? await flag : flag, visitor, context);
  const answer = await federatedAuth.createToken(
    { accountSid, deploymentSid, grants, lives, encrypt, proofOfPossession, fingerprint, wish, ...visitor.proof },
    context,
  );
  if ('valid' in answer) {
    // There is no token that could be invalid yet.
    const refused = refusedToken(answer, context);
    const { valid: _valid, ...body } = refused.body;
    return { ...refused, body };
  }
  if (answer.boundLate) drift.boundLate(deploymentSid);
  return { status: 201, body: tokenBody(answer, clock), dpopNonce: answer.dpopNonce };
}
