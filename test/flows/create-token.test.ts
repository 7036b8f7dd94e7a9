// The first diagram, over every topology: a visitor asks for a token and gets one, or learns why not.

import type { Message } from '@gangway/contracts/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BranchName, drawnMessages } from '../sequences/branches.ts';
import { compareMessages } from '../sequences/compare-messages.ts';
import { allowedOrigins, deploymentKeys, grants } from '../topology/declared-deployments.ts';
import { expectNoTokenMade } from '../topology/expect-no-token-made.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, ask, chromeOnMac, createToken } from '../topology/visitor.ts';

const [listedOrigin] = allowedOrigins;
const path = '/v2/Webchat/Token';
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const { secured, unsecured, restricted, unknown } = deploymentKeys;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const inOneProcess = new Map<string, readonly Message[]>();

describe.each(topologyNames)('create token, %s', (name) => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology(name);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  describe('the branches of the diagram', () => {
    it.each([
      ['the flag is off: a token without signals', unsecured, {}],
      ['the flag is on and the signals are there: a token', secured, chromeOnMac],
    ])('%s', async (_, deploymentKey, headers) => {
      const { status, body } = await createToken(url, deploymentKey, headers);
      expect(status).toBe(201);
      expect(body).toEqual({
        token: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
        identity: expect.stringMatching(uuid4),
        expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        ttl: expect.any(Number),
        roles: [{ grant: 'chat' }],
      });
      const ttl = deploymentKey === secured ? 900 : 1800;
      expect(body.ttl).toBeLessThanOrEqual(ttl);
      expect(body.ttl).toBeGreaterThan(ttl - 10);
      expect(Math.abs(Date.parse(String(body.expiration)) - Date.now() - ttl * 1000)).toBeLessThan(10_000);
    });

    it.each([
      ['are missing', {}],
      ['lack one', { ...chromeOnMac, 'x-webchat-sec-decoders': undefined }],
      ['are no JSON', { ...chromeOnMac, 'x-webchat-sec-usersettings': 'language=en' }],
      ['are a JSON list', { ...chromeOnMac, 'x-webchat-sec-webchatinfo': '["1767225600000"]' }],
      ['are longer than 1 KiB', { ...chromeOnMac, 'x-webchat-sec-decoders': `{"audio":"${'x'.repeat(1024)}"}` }],
    ])('the flag is on and the signals %s: no token', async (_, headers) => {
      const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
      const answer = await createToken(url, secured, given as Record<string, string>);
      expectRefusal(answer, 'fingerprint_generation_failed', url);
      await expectNoTokenMade(topology, answer.body.requestId);
    });

    it('two visitors are two identities, and the header of a token shows nothing of either', async () => {
      const [one, other] = [await createToken(url, secured), await createToken(url, secured)];
      expect(one.body.identity).not.toBe(other.body.identity);
      const header = JSON.parse(Buffer.from(String(one.body.token).split('.')[0] ?? '', 'base64url').toString());
      expect(Object.keys(header).sort()).toEqual(['alg', 'enc', 'kid', 'typ']);
    });

    it('the roles are the grants of the deployment', async () => {
      const { body } = await createToken(url, restricted, { ...chromeOnMac, origin: listedOrigin });
      expect(body.roles).toEqual(grants);
    });
  });

  describe('what a request may look like', () => {
    it.each([
      ['JSON', { 'content-type': 'application/json' }, JSON.stringify({ deploymentKey: secured })],
      ['JSON in Pascal case', { 'content-type': 'application/json' }, JSON.stringify({ DeploymentKey: secured })],
      ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify({ deploymentKey: secured })],
      ['a form', form, `deploymentKey=${secured}`],
      ['a form in Pascal case', form, `DeploymentKey=${secured}&Identity=`],
    ])('%s', async (_, headers, body) => {
      expect((await ask(url, path, { headers: { ...chromeOnMac, ...headers }, body })).status).toBe(201);
    });

    it.each([['/v2/Webchat/Tokens'], ['/V2/Webchat/Token'], ['/v2/webchat/token'], ['/V2/WEBCHAT/TOKENS'], [`${path}?x=1`]])(
      'the path %s',
      async (alias) => {
        const { status } = await ask(url, alias, { headers: chromeOnMac, body: { deploymentKey: secured } });
        expect(status).toBe(201);
      },
    );

    it('the signal headers of either prefix', async () => {
      const headers = Object.entries(chromeOnMac).map(([header, value]) => [header.replace('x-webchat-', 'x-twilio-'), value]);
      expect((await createToken(url, secured, Object.fromEntries(headers))).status).toBe(201);
    });

    it('the defaults of the widget in use pass', async () => {
      const { status } = await createToken(url, secured, {
        ...chromeOnMac,
        'x-webchat-sec-usersettings': '{"language":"en_IN"}',
        'x-webchat-sec-webchatinfo': '{"loginTimestamp":"9999999"}',
        'x-webchat-sec-decoders': '{}',
      });
      expect(status).toBe(201);
    });
  });

  it('an answer with a token lies in no cache, and its headers can be read by scripts', async () => {
    const { headers } = await createToken(url, secured);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.vary).toBe('Origin');
    expect(headers['access-control-expose-headers']).toBe(
      'DPoP-Nonce, WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id',
    );
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[BranchName, () => Promise<Answer>]>([
    ['createWithoutSecurity', () => createToken(url, unsecured, {})],
    ['create', () => createToken(url, secured)],
    ['createWithoutFingerprint', () => createToken(url, secured, {})],
  ])('the messages between the participants are those that the diagram draws: %s', async (branch, send) => {
    const { headers } = await send();
    const recorded = await topology.recordedMessages(headers['x-request-id']);
    expect(compareMessages(await drawnMessages(branch), recorded)).toEqual([]);
  });

  it('the messages between the participants are those of one process', async () => {
    const answers = {
      'flag off': await createToken(url, unsecured, {}),
      'flag on': await createToken(url, secured),
      'generation failed': await createToken(url, secured, {}),
      'origin refused': await createToken(url, restricted, { ...chromeOnMac, origin: 'https://evil.example' }),
      'form refused': await ask(url, path, { headers: { ...form, origin: 'null' }, body: `deploymentKey=${unsecured}` }),
      unknown: await createToken(url, unknown),
    };
    for (const [flow, { headers }] of Object.entries(answers)) {
      const messages = await topology.recordedMessages(headers['x-request-id']);
      expect(messages.length).toBeGreaterThan(3);
      if (name === 'one process') inOneProcess.set(flow, messages);
      expect(messages, flow).toEqual(inOneProcess.get(flow));
    }
  });
});
