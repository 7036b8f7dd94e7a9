// What the operations of the orchestrator work with.

import type { Interface } from '@gangway/contracts/contract';
import type { federatedAuth } from '@gangway/contracts/federated-auth';
import type { Clock } from '../platform/clock.ts';
import type { Limit } from '../platform/limit.ts';
import type { Log } from '../platform/log.ts';
import type { Conversations } from './conversations.ts';
import type { DeploymentSnapshot } from './deployment-snapshot.ts';
import type { DriftLog } from './drift-log.ts';
import type { SecurityFlag } from './security-flag.ts';

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
