// The edge when something behind it fails or is slow. What it does with healthy neighbours, the flow tests show.

import type { OrchestratorAnswer } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal } from '@gangway/contracts/refusals';
import { expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../platform/metrics.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createStarship } from './create-starship.ts';

const request = { method: 'POST', url: '/v2/Webchat/Token', payload: { deploymentKey: `CV${'1'.repeat(32)}` } } as const;

async function edge(answer: () => Promise<OrchestratorAnswer>, concurrencyMax = 10) {
  const { log, lines } = recordedLog();
  const metrics = createMetrics();
  const starship = await createStarship({
    orchestrator: { createToken: answer, refreshToken: answer, endSession: answer, init: answer, explainOrigin: answer },
    scopedAuth: { publishedKeys: async () => ({ keys: [] }) },
    log,
    accessLog: (line) => log.info(line, 'answered'),
    metrics,
    publicUrls: () => ['https://chat.example'],
    concurrencyMax,
    listener: {},
  });
  onTestFinished(() => starship.close());
  return { starship, lines, metrics };
}

it('an orchestrator that fails gives internal, of which nothing is told but the request id', async () => {
  const { starship, lines } = await edge(() => Promise.reject(new TypeError('token eyJhbGciOi of AC1')));
  const answer = await starship.inject(request);
  expect(answer.json()).toEqual({
    code: 'internal',
    message: expect.any(String),
    status: 500,
    requestId: answer.headers['x-request-id'],
    moreInfo: 'https://chat.example/docs/refusals/internal',
  });
  expect(answer.body).not.toContain('eyJhbGciOi');
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(lines).toContainEqual(expect.objectContaining({ requestId: answer.headers['x-request-id'], msg: 'a request failed' }));
});

it('an orchestrator that is away gives upstream_unavailable with Retry-After', async () => {
  const { starship } = await edge(() => Promise.reject(new Refusal('upstream_unavailable', { retryAfterSeconds: 1 })));
  const answer = await starship.inject(request);
  expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'upstream_unavailable', '1']);
});

it('more requests at once than the edge carries are refused as overloaded, and later ones are served again', async () => {
  const slow = Promise.withResolvers<OrchestratorAnswer>();
  const bothAsked = Promise.withResolvers<void>();
  let asked = 0;
  const { starship } = await edge(() => {
    asked += 1;
    if (asked === 2) bothAsked.resolve();
    return slow.promise;
  }, 2);
  const underWay = Promise.all([starship.inject(request), starship.inject(request)]);
  await bothAsked.promise;
  const refused = await starship.inject(request);
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'overloaded']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  slow.resolve({ status: 201, body: {} });
  expect((await underWay).map(({ statusCode }) => statusCode)).toEqual([201, 201]);
  expect((await starship.inject(request)).statusCode).toBe(201);
});

it('the access log and the figures say the route, the status and the code, and nothing of the visitor', async () => {
  const { starship, lines, metrics } = await edge(() => Promise.resolve({ status: 201, body: { token: 'secret' } }));
  const answer = await starship.inject({ ...request, url: '/V2/webchat/TOKENS?visitor=somebody', remoteAddress: '203.0.113.9' });
  await starship.inject('/made/up');
  expect(lines).toEqual([
    {
      level: 30,
      requestId: answer.headers['x-request-id'],
      method: 'POST',
      route: '/v2/Webchat/Tokens',
      status: 201,
      durationMs: expect.any(Number),
      msg: 'answered',
    },
    expect.objectContaining({ route: 'none', status: 404, code: 'not_found' }),
  ]);
  expect(await metrics.text()).toContain('gangway_answers_total{route="none",status="404",code="not_found"} 1');
});
