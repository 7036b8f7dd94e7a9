// GET /v2/Webchat/Origin, over every topology: any page learns whether it may use a deployment, and why not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedOrigins, deploymentKeys } from '../topology/declared-deployments.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { ask } from '../topology/visitor.ts';

const [listedOrigin] = allowedOrigins;
const { secured, restricted, unknown } = deploymentKeys;

describe.each(topologyNames)('explain origin, %s', (name) => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology(name);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const explain = (query: string, headers: Readonly<Record<string, string>> = {}) =>
    ask(url, `/v2/Webchat/Origin${query}`, { method: 'GET', headers });

  it.each([
    ['an allowed origin', restricted, listedOrigin, { allowed: true }],
    ['any origin where every one may come', secured, 'https://anyone.example', { allowed: true }],
    ['a refused origin', restricted, 'https://evil.example', { allowed: false, code: 'origin_not_allowed' }],
  ])('%s is judged, and any page may read it', async (_, deploymentKey, origin, judgement) => {
    const { status, headers, body } = await explain(`?deploymentKey=${deploymentKey}`, { origin });
    expect(status).toBe(200);
    expect(body).toEqual({ origin, ...judgement, ...(!judgement.allowed && { message: expect.any(String) }) });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers.vary).toBe('Origin');
  });

  it('without an Origin header it says just that', async () => {
    const { body } = await explain(`?DeploymentKey=${restricted}`);
    expect(body).toEqual({ origin: null, allowed: false, code: 'origin_missing', message: expect.any(String) });
  });

  it('no entry of the list is named', async () => {
    const { text, headers } = await explain(`?deploymentKey=${restricted}`, { origin: 'https://evil.example' });
    expect(text + JSON.stringify(headers)).not.toMatch(/owlbikes|shops/);
  });

  it('a wrong question is refused like everywhere', async () => {
    expectRefusal(await explain(''), 'invalid_request', url);
    expectRefusal(await explain('?deploymentKey=x'), 'invalid_request', url);
    expectRefusal(await explain(`?deploymentKey=${unknown}`), 'deployment_not_found', url);
    const posted = await ask(url, '/v2/Webchat/Origin', { body: { deploymentKey: secured } });
    expectRefusal(posted, 'method_not_allowed', url);
    expect(posted.headers.allow?.split(', ').sort()).toEqual(['GET', 'OPTIONS']);
  });

  it('it is rate-limited by address', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.20', origin: listedOrigin };
    for (let asked = 0; asked < 60; asked += 1) {
      expect((await explain(`?deploymentKey=${restricted}`, headers)).status).toBe(200);
    }
    const answer = await explain(`?deploymentKey=${restricted}`, headers);
    expectRefusal(answer, 'rate_limited', url);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});
