// What the operations of Federated Auth work with.

import type { Interface } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Clock } from '../platform/clock.ts';
import type { Limit } from '../platform/limit.ts';

/** What Federated Auth needs. */
export interface FederatedAuthDependencies {
  readonly scopedAuth: Interface<typeof scopedAuth>;
  readonly clock: Clock;
  /** Counts the refreshes of a session. */
  readonly refreshLimit: Limit;
}
