// FlexWebchatOrchestrator (FWO): from a deployment key to a visitor's token. It decides on the origin and reads the
// browser's signals; identity and token are made behind it.

import type { Interface } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import type { Clock } from '../platform/clock.ts';
import type { Limit } from '../platform/limit.ts';
import type { Log } from '../platform/log.ts';
import type { Conversations } from './conversations.ts';
import { createToken } from './create-token.ts';
import type { DeploymentSnapshot } from './deployment-snapshot.ts';
import type { DriftLog } from './drift-log.ts';
import { endSession } from './end-session.ts';
import { explainOrigin } from './explain-origin.ts';
import { init } from './init.ts';
import { refreshToken } from './refresh-token.ts';
import type { SecurityFlag } from './security-flag.ts';

/** The interface of the orchestrator. */
export type FlexWebchatOrchestrator = Interface<typeof flexWebchatOrchestrator>;

/** What the orchestrator needs. */
export interface OrchestratorDependencies {
  readonly federatedAuth: Interface<typeof federatedAuth>;
  readonly deployments: DeploymentSnapshot;
  readonly securityFlag: SecurityFlag;
  /** Counts the sessions that an address begins. */
  readonly createLimit: Limit;
  readonly conversations: Conversations;
  /** Counts what was let through and what was bound late. */
  readonly drift: DriftLog;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the orchestrator. */
export function createOrchestrator(dependencies: OrchestratorDependencies): FlexWebchatOrchestrator {
  return {
    createToken: (input, context) => createToken(dependencies, input, context),
    refreshToken: (input, context) => refreshToken(dependencies, input, context),
    endSession: (input, context) => endSession(dependencies, input, context),
    init: (input, context) => init(dependencies, input, context),
    explainOrigin: (input, context) => explainOrigin(dependencies, input, context),
  };
}
