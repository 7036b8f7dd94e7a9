// Which pages may read an answer, over every topology: what the edge makes of the orchestrator's list, and its preflights.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedOrigins, deploymentKeys } from '../topology/declared-deployments.ts';
import { expectNoTokenMade } from '../topology/expect-no-token-made.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { ask, chromeOnMac, createToken } from '../topology/visitor.ts';

const [listedOrigin] = allowedOrigins;
const path = '/v2/Webchat/Token';
const { secured, restricted, oneOrigin } = deploymentKeys;

describe.each(topologyNames)('Access-Control-Allow-Origin, %s', (name) => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology(name);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  it.each([['https://anyone.example'], ['null'], [undefined]])('is * where every origin may come (%s)', async (origin) => {
    const { status, headers } = await createToken(url, secured, { ...chromeOnMac, ...(origin && { origin }) });
    expect(status).toBe(201);
    expect(headers['access-control-allow-origin']).toBe('*');
  });

  it.each([
    [listedOrigin],
    ['https://a.shops.example'],
    ['https://a.b.shops.example'],
    ['http://localhost'],
    ['http://localhost:5173'],
    ['capacitor://localhost'],
    ['null'],
  ])('is the origin itself where an entry covers it (%s)', async (origin) => {
    const { status, headers } = await createToken(url, restricted, { ...chromeOnMac, origin });
    expect(status).toBe(201);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers.vary).toBe('Origin');
  });

  it.each([
    ['https://owlbikes.example'],
    ['http://www.owlbikes.example'],
    ['https://www.owlbikes.example:8443'],
    ['https://www.owlbikes.example.evil.example'],
    ['https://www.owlbikes.example/'],
    [`${listedOrigin}, https://evil.example`],
    ['https://shops.example'],
    ['https://evilshops.example'],
    ['https://localhost:5173'],
    ['http://localhost.evil.example'],
    ['capacitor://elsewhere'],
    ['NULL'],
    ['*'],
    [''],
    [undefined],
  ])('is left out where no entry covers the origin, and no token is made (%s)', async (origin) => {
    const answer = await createToken(url, restricted, { ...chromeOnMac, ...(origin !== undefined && { origin }) });
    expectRefusal(answer, 'origin_not_allowed', url);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    await expectNoTokenMade(topology, answer.body.requestId);
  });

  it('null is refused unless it is listed', async () => {
    expectRefusal(await createToken(url, oneOrigin, { origin: 'null' }), 'origin_not_allowed', url);
  });

  it('is the origin itself on a refusal that an allowed page may read', async () => {
    const answer = await createToken(url, restricted, { origin: listedOrigin });
    expectRefusal(answer, 'fingerprint_generation_failed', url);
    expect(answer.headers['access-control-allow-origin']).toBe(listedOrigin);
  });

  it('the list is shown to nobody', async () => {
    for (const origin of [listedOrigin, 'https://evil.example']) {
      const { headers, text } = await createToken(url, restricted, { ...chromeOnMac, origin });
      expect(JSON.stringify(headers) + text).not.toContain('shops.example');
    }
  });

  it('a preflight is answered without a deployment key, for every page and every header of the contract', async () => {
    for (const route of [path, '/V2/webchat/TOKENS', '/v2/Webchat/Token/Refresh', '/v2/Webchat/Tokens/Refresh']) {
      const { status, headers, text } = await ask(url, route, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      });
      expect(status).toBe(204);
      expect(text).toBe('');
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-methods']).toBe('POST, OPTIONS');
      expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0);
      expect(headers.vary).toBe('Origin');
      const allowed = headers['access-control-allow-headers']?.toLowerCase().split(', ');
      const signals = ['usersettings', 'webchatinfo', 'decoders'];
      const named = ['x-twilio-sec-', 'x-webchat-sec-'].flatMap((prefix) => signals.map((signal) => prefix + signal));
      expect(allowed).toEqual(
        expect.arrayContaining(['content-type', 'dpop', 'ui-version', 'webchat-version', 'x-requested-with', ...named]),
      );
    }
  });
});
