// What an operator must see before a level bites: the refreshes and ends that a report-only deployment let through, and the
// sessions that were bound only when the flag went on. Names of signals and counts; never a signal's value.

import type { CallContext } from '@gangway/contracts/contract';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';

/** Counts drift. */
export interface DriftLog {
  /** A request would have been refused for these signals, were the deployment not report-only. */
  reported(deploymentSid: string, signals: readonly string[], context: CallContext): void;
  /** A session that began without signals is bound from now on. */
  boundLate(deploymentSid: string): void;
}

/** Makes the count of a node. */
export function createDriftLog(log: Log, metrics: Metrics): DriftLog {
  const reported = metrics.counter(
    'gangway_reported_refusals_total',
    'Refreshes and ends let through by report-only deployments.',
    'deployment',
  );
  const boundLate = metrics.counter(
    'gangway_sessions_bound_late_total',
    'Sessions bound to signals after they began.',
    'deployment',
  );
  return {
    reported(deploymentSid, signals, { requestId }) {
      reported(deploymentSid);
      log.warn({ requestId, deploymentSid, signals }, 'would have been refused: the deployment is report-only');
    },
    boundLate,
  };
}
