// Drift is counted by deployment, and the log names signals but never shows them.

import { expect, test } from 'vitest';
import { createMetrics } from '../platform/metrics.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createDriftLog } from './drift-log.ts';

const [one, other] = [`DP${'1'.repeat(32)}`, `DP${'2'.repeat(32)}`];

test('each deployment has its own counts', async () => {
  const metrics = createMetrics();
  const { log, lines } = recordedLog();
  const drift = createDriftLog(log, metrics);
  drift.reported(one, ['browser', 'os'], { requestId: 'r1' });
  drift.reported(one, ['timezone'], { requestId: 'r2' });
  drift.boundLate(other);
  const text = await metrics.text();
  expect(text).toContain(`gangway_reported_refusals_total{deployment="${one}"} 2`);
  expect(text).toContain(`gangway_sessions_bound_late_total{deployment="${other}"} 1`);
  expect(text).not.toContain(`gangway_reported_refusals_total{deployment="${other}"}`);
  expect(lines.map(({ requestId, deploymentSid, signals }) => ({ requestId, deploymentSid, signals }))).toEqual([
    { requestId: 'r1', deploymentSid: one, signals: ['browser', 'os'] },
    { requestId: 'r2', deploymentSid: one, signals: ['timezone'] },
  ]);
});
