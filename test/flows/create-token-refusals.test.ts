// Every refusal that create can meet, over every topology: its exact shape, its order among the others, and its cause.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedOrigins, deploymentKeys } from '../topology/declared-deployments.ts';
import { expectNoTokenMade } from '../topology/expect-no-token-made.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { ask, chromeOnMac, createToken } from '../topology/visitor.ts';

const [listedOrigin] = allowedOrigins;
const path = '/v2/Webchat/Token';
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const { secured, unsecured, restricted, limited, disabled, unknown } = deploymentKeys;

describe.each(topologyNames)('refusals of create token, %s', (name) => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology(name);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  it.each([
    ['no field', {}],
    ['a number', { deploymentKey: 1 }],
    ['a list', { deploymentKey: [secured] }],
    ['nothing', { deploymentKey: '' }],
    ['another sid', { deploymentKey: secured.replace('CV', 'AC') }],
    ['too long a key', { deploymentKey: `${secured}0` }],
    ['two fields of a form', `deploymentKey=${secured}&deploymentKey=${secured}`],
  ])('invalid_request names the field (%s)', async (_, body) => {
    const answer = await ask(url, path, { headers: typeof body === 'string' ? { ...form, 'ui-version': '1' } : {}, body });
    expectRefusal(answer, 'invalid_request', url);
    expect(answer.body.message).toMatch(/^deploymentKey is (missing|malformed): /);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it.each([['{"deploymentKey":'], [''], ['null'], ['[]'], ['"text"'], ['{"__proto__":{"deploymentKey":"x"}}']])(
    'invalid_request for a body that is no object (%s)',
    async (body) => {
      expectRefusal(await ask(url, path, { headers: { 'content-type': 'application/json' }, body }), 'invalid_request', url);
    },
  );

  it.each([
    ['text/plain'],
    ['multipart/form-data; boundary=x'],
    ['application/xml'],
    ['application/jsonp'],
    ['application/json-patch+json'],
    ['nonsense'],
    [''],
    [undefined],
  ])('unsupported_media_type for %s', async (type) => {
    const headers = { ...chromeOnMac, ...(type !== undefined && { 'content-type': type }) };
    const answer = await ask(url, path, { headers, body: JSON.stringify({ deploymentKey: secured }) });
    expectRefusal(answer, 'unsupported_media_type', url);
  });

  it('unsupported_media_type where there is no body at all', async () => {
    expectRefusal(await ask(url, path), 'unsupported_media_type', url);
  });

  it('payload_too_large over 16 KiB, and not below', async () => {
    const padded = (bytes: number) => {
      const start = `{"deploymentKey":"${secured}","pad":"`;
      return `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
    };
    const headers = { ...chromeOnMac, 'content-type': 'application/json' };
    expect((await ask(url, path, { headers, body: padded(16 * 1024) })).status).toBe(201);
    expectRefusal(await ask(url, path, { headers, body: padded(16 * 1024 + 1) }), 'payload_too_large', url);
  });

  it('deployment_not_found looks the same for an unknown key and a disabled deployment', async () => {
    const answers = [await createToken(url, unknown), await createToken(url, disabled)];
    for (const answer of answers) expectRefusal(answer, 'deployment_not_found', url);
    expect(answers[0]?.body.message).toBe(answers[1]?.body.message);
    for (const { headers } of answers) expect(headers['access-control-allow-origin']).toBe('*');
  });

  it.each([['GET'], ['PUT'], ['DELETE'], ['PATCH']])('method_not_allowed for %s, with Allow', async (method) => {
    const answer = await ask(url, path, { method });
    expectRefusal(answer, 'method_not_allowed', url);
    expect(answer.headers.allow?.split(', ').sort()).toEqual(['OPTIONS', 'POST']);
  });

  it.each([['/'], ['/v2/Webchat'], ['/v2/Webchat/Token/'], ['/v3/Webchat/Token'], ['/%zz']])(
    'not_found for %s',
    async (elsewhere) => {
      expectRefusal(await ask(url, elsewhere, { body: { deploymentKey: secured } }), 'not_found', url);
    },
  );

  it('preflight_required for what a plain HTML form of any page can send', async () => {
    const body = `deploymentKey=${unsecured}`;
    const crossSites: Record<string, string>[] = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }];
    for (const crossSite of crossSites) {
      const answer = await ask(url, path, { headers: { ...form, ...crossSite }, body });
      expectRefusal(answer, 'preflight_required', url);
      await expectNoTokenMade(topology, answer.body.requestId);
      for (const header of ['x-requested-with', 'ui-version', 'webchat-version', 'x-twilio-sec-decoders']) {
        expect((await ask(url, path, { headers: { ...form, ...crossSite, [header]: '{}' }, body })).status).toBe(201);
      }
      const proven = await ask(url, path, { headers: { ...form, ...crossSite, dpop: '{}' }, body });
      expectRefusal(proven, 'invalid_dpop_proof', url);
    }
    expect((await ask(url, path, { headers: form, body })).status).toBe(201);
  });

  it('rate_limited counts by address, an IPv6 one by its /64, and says when to come back', async () => {
    const from = (address: string) => createToken(url, limited, { ...chromeOnMac, 'x-forwarded-for': address });
    expect((await from('203.0.113.1')).status).toBe(201);
    const answer = await from('203.0.113.1');
    expectRefusal(answer, 'rate_limited', url);
    expect(answer.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect((await from('203.0.113.2')).status).toBe(201);
    expect((await from('2001:db8::1')).status).toBe(201);
    expect((await from('2001:db8:0:0:ffff::2')).status).toBe(429);
    expect((await from('2001:db8:0:1::1')).status).toBe(201);
  });

  it('rate_limited after 60 unknown deployment keys of one address within a minute', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.77' };
    const statuses = new Set<number>();
    for (let tries = 0; tries < 60; tries += 1) statuses.add((await createToken(url, unknown, headers)).status);
    expect([...statuses]).toEqual([404]);
    expectRefusal(await createToken(url, unknown, headers), 'rate_limited', url);
    expect((await createToken(url, secured, { ...chromeOnMac, ...headers })).status).toBe(201);
  });

  it('every check wins over those after it', async () => {
    const large = 'x'.repeat(17 * 1024);
    const refused = { origin: 'https://evil.example' };
    const json = { 'content-type': 'application/json' };
    const codes = [
      await ask(url, '/v2/Nowhere', { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: large }),
      await ask(url, path, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: large }),
      await ask(url, path, { headers: { 'content-type': 'text/plain', ...refused }, body: large }),
      await ask(url, path, { headers: { ...json, ...refused }, body: large }),
      await ask(url, path, { headers: { ...form, ...refused }, body: 'deploymentKey=CV' }),
      await ask(url, path, { headers: { ...form, ...refused }, body: `deploymentKey=${unknown}` }),
      await ask(url, path, { headers: { ...form, ...refused }, body: `deploymentKey=${restricted}` }),
      await ask(url, path, { headers: { ...form, origin: listedOrigin }, body: `deploymentKey=${restricted}` }),
      await createToken(url, restricted, { origin: listedOrigin }),
    ].map(({ body }) => body.code);
    expect(codes).toEqual([
      'not_found',
      'method_not_allowed',
      'unsupported_media_type',
      'payload_too_large',
      'invalid_request',
      'deployment_not_found',
      'origin_not_allowed',
      'preflight_required',
      'fingerprint_generation_failed',
    ]);
  });
});
