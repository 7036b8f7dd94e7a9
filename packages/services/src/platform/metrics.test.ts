// What a monitoring system reads.

import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

it('answers are counted by route, status and code, however often they are read', async () => {
  const metrics = createMetrics();
  metrics.answered('/v2/Webchat/Token', 201, '', 1.2);
  metrics.answered('/v2/Webchat/Token', 201, '', 0.4);
  metrics.answered('/v2/Webchat/Token', 403, 'origin_not_allowed', 0.1);
  await metrics.text();
  expect(linesOf(await metrics.text(), 'gangway_answers_total{')).toEqual([
    'gangway_answers_total{route="/v2/Webchat/Token",status="201",code=""} 2',
    'gangway_answers_total{route="/v2/Webchat/Token",status="403",code="origin_not_allowed"} 1',
  ]);
});

it('durations are a histogram in seconds, whose buckets add up', async () => {
  const metrics = createMetrics();
  for (const durationMs of [0.1, 0.5, 0.6, 30, 5000]) metrics.answered('/v2/Webchat/Token', 201, '', durationMs);
  metrics.answered('/v2/Webchat/Token', 403, 'origin_not_allowed', 0.2);
  const lines = linesOf(await metrics.text(), 'gangway_answer_duration_seconds');
  expect(lines).toContain('gangway_answer_duration_seconds_bucket{le="0.0005",route="/v2/Webchat/Token"} 3');
  expect(lines).toContain('gangway_answer_duration_seconds_bucket{le="0.001",route="/v2/Webchat/Token"} 4');
  expect(lines).toContain('gangway_answer_duration_seconds_bucket{le="0.05",route="/v2/Webchat/Token"} 5');
  expect(lines).toContain('gangway_answer_duration_seconds_bucket{le="1",route="/v2/Webchat/Token"} 5');
  expect(lines).toContain('gangway_answer_duration_seconds_bucket{le="+Inf",route="/v2/Webchat/Token"} 6');
  expect(lines).toContain('gangway_answer_duration_seconds_sum{route="/v2/Webchat/Token"} 5.0314');
  expect(lines).toContain('gangway_answer_duration_seconds_count{route="/v2/Webchat/Token"} 6');
});

it('a counter with a label counts by its values', async () => {
  const metrics = createMetrics();
  const count = metrics.counter('gangway_things_total', 'Things.', 'deployment');
  count('DP1');
  count('DP1');
  expect(linesOf(await metrics.text(), 'gangway_things_total{')).toEqual(['gangway_things_total{deployment="DP1"} 2']);
});
