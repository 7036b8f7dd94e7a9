// The second diagram, over every topology: a visitor goes on with a session, or learns why not.

import type { Message } from '@gangway/contracts/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BranchName, drawnMessages } from '../sequences/branches.ts';
import { compareMessages } from '../sequences/compare-messages.ts';
import { allowedOrigins, deploymentKeys } from '../topology/declared-deployments.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, ask, chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';

const [listedOrigin] = allowedOrigins;
const path = '/v2/Webchat/Token/Refresh';
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const notValid = { valid: false };
const { secured, unsecured, restricted, limited, disabled, otherAccount, rotated, rotatedNext, unknown } = deploymentKeys;

const inOneProcess = new Map<string, readonly Message[]>();

describe.each(topologyNames)('refresh token, %s', (name) => {
  let topology: Topology;
  let url: string;

  beforeAll(async () => {
    topology = await startTopology(name);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const tokenFor = async (deploymentKey: string, headers: Readonly<Record<string, string>> = chromeOnMac) =>
    String((await createToken(url, deploymentKey, headers)).body.token);

  describe('the branches of the diagram', () => {
    it.each([
      ['the flag is on, token and fingerprint are valid', secured, chromeOnMac],
      ['the flag is off, the token is valid', unsecured, {}],
    ])('%s: a later token of the same identity', async (_, deploymentKey, headers) => {
      const created = (await createToken(url, deploymentKey, headers)).body;
      const { status, body } = await refreshToken(url, deploymentKey, created.token, headers);
      expect(status).toBe(200);
      expect(Object.keys(body).sort()).toEqual(['expiration', 'identity', 'roles', 'token', 'ttl']);
      expect(body.identity).toBe(created.identity);
      expect(body.roles).toEqual(created.roles);
      expect(body.token).not.toBe(created.token);
      expect(Date.parse(String(body.expiration))).toBeGreaterThanOrEqual(Date.parse(String(created.expiration)));
      const again = await refreshToken(url, deploymentKey, body.token, headers);
      expect([again.status, again.body.identity]).toEqual([200, created.identity]);
    });

    it('the flag is on and the fingerprint is of another browser: invalid_fingerprint', async () => {
      const answer = await refreshToken(url, secured, await tokenFor(secured), firefoxOnWindows);
      expectRefusal(answer, 'invalid_fingerprint', url, notValid);
      expect(labelsWithFields(await topology.recordedMessages(answer.body.requestId))).toContain(
        'scoped-auth -> federated-auth {"authorized":"false","message":"fingerprint_validation_failed","dpopNonce":"…"}',
      );
    });

    it('the flag is on and no fingerprint can be made: fingerprint_generation_failed, and nothing is validated', async () => {
      const answer = await refreshToken(url, secured, await tokenFor(secured), {});
      expectRefusal(answer, 'fingerprint_generation_failed', url);
      const labels = (await topology.recordedMessages(answer.body.requestId)).map(({ label }) => label);
      expect(labels.filter((label) => label.includes('ScopedAuth'))).toEqual([]);
    });

    it('the flag is off: another browser goes on with the session', async () => {
      const { status } = await refreshToken(url, unsecured, await tokenFor(unsecured), firefoxOnWindows);
      expect(status).toBe(200);
    });

    it.each([
      ['no token at all', () => 'nonsense'],
      ['five empty parts', () => '....'],
      ['a JSON Web Token without encryption', () => 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'],
      ['a token with its last character changed', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'Q' : 'A'}`],
      ['a token cut short', (token: string) => token.slice(0, -4)],
      ['a token with padding', (token: string) => `${token}=`],
      ['a token with a line break', (token: string) => `${token}\n`],
      ['a token with the header of another', (token: string) => token.replace(/^[^.]+/, 'eyJhbGciOiJkaXIifQ')],
    ])('the token is invalid: %s', async (_, alter) => {
      for (const [deploymentKey, headers] of [
        [secured, chromeOnMac],
        [unsecured, {}],
      ] as const) {
        const answer = await refreshToken(url, deploymentKey, alter(await tokenFor(deploymentKey, headers)), headers);
        expectRefusal(answer, 'invalid_token', url, notValid);
        expect(labelsWithFields(await topology.recordedMessages(answer.body.requestId))).toContain(
          'scoped-auth -> federated-auth {"authorized":"false","message":"token_validation_failed","dpopNonce":"…"}',
        );
      }
    });
  });

  it('a token of another deployment is refused, of the same account and of another', async () => {
    const token = await tokenFor(secured);
    for (const elsewhere of [rotated, otherAccount]) {
      expectRefusal(await refreshToken(url, elsewhere, token), 'invalid_token', url, notValid);
    }
    expect((await refreshToken(url, secured, token)).status).toBe(200);
  });

  it('a session goes on under another key of its deployment', async () => {
    expect((await refreshToken(url, rotatedNext, await tokenFor(rotated))).status).toBe(200);
  });

  it('drift of a browser is followed: an update and another time zone', async () => {
    const drifted = {
      ...chromeOnMac,
      'user-agent': chromeOnMac['user-agent'].replace('140', '141'),
      'sec-ch-ua': chromeOnMac['sec-ch-ua'].replaceAll('140', '141'),
      'x-webchat-sec-usersettings': '{"language":"en-GB","cookieEnabled":true,"userTimezone":0}',
    };
    const { status, body } = await refreshToken(url, secured, await tokenFor(secured), drifted);
    expect(status).toBe(200);
    // The signals of that refresh are bound now: the former version would be a step back.
    expectRefusal(await refreshToken(url, secured, body.token), 'invalid_fingerprint', url, notValid);
  });

  it.each([
    ['JSON', (token: string) => ({ body: { deploymentKey: secured, token } })],
    ['JSON in Pascal case', (token: string) => ({ body: { DeploymentKey: secured, Token: token } })],
    ['a form', (token: string) => ({ headers: form, body: `deploymentKey=${secured}&token=${token}` })],
    ['a form in Pascal case', (token: string) => ({ headers: form, body: `DeploymentKey=${secured}&Token=${token}` })],
  ])('the body may be %s', async (_, asking: (token: string) => { headers?: typeof form; body: string | object }) => {
    const { headers, body } = asking(await tokenFor(secured));
    const sent = typeof body === 'string' ? body : { ...body };
    expect((await ask(url, path, { headers: { ...chromeOnMac, ...headers }, body: sent })).status).toBe(200);
  });

  it.each([['/v2/Webchat/Tokens/Refresh'], ['/V2/Webchat/Token/Refresh'], ['/v2/webchat/tokens/refresh']])(
    'the path may be %s',
    async (alias) => {
      const body = { deploymentKey: secured, token: await tokenFor(secured) };
      expect((await ask(url, alias, { headers: chromeOnMac, body })).status).toBe(200);
    },
  );

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is a number', 1],
    ['is longer than any token', 'x'.repeat(8193)],
  ])('invalid_request where the token %s', async (_, token) => {
    const answer = await refreshToken(url, secured, token);
    expectRefusal(answer, 'invalid_request', url);
    expect(answer.body.message).toMatch(/^token is (missing|malformed): /);
  });

  it('a disabled deployment looks like an unknown one, to refreshes too', async () => {
    const token = await tokenFor(secured);
    for (const key of [unknown, disabled]) expectRefusal(await refreshToken(url, key, token), 'deployment_not_found', url);
  });

  it('a restricted deployment refuses every other origin, and answers the right one with its name', async () => {
    const headers = { ...chromeOnMac, origin: listedOrigin };
    const token = await tokenFor(restricted, headers);
    for (const origin of [undefined, 'https://evil.example']) {
      const answer = await refreshToken(url, restricted, token, { ...chromeOnMac, ...(origin && { origin }) });
      expectRefusal(answer, 'origin_not_allowed', url);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const answers = [
      await refreshToken(url, restricted, token, headers),
      await refreshToken(url, restricted, 'nonsense', headers),
      await refreshToken(url, restricted, token, { ...firefoxOnWindows, origin: listedOrigin }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 403]);
    for (const answer of answers) expect(answer.headers['access-control-allow-origin']).toBe(listedOrigin);
  });

  it('a plain HTML form of any page refreshes nothing', async () => {
    const body = `deploymentKey=${unsecured}&token=${await tokenFor(unsecured)}`;
    const headers = { ...form, origin: 'https://evil.example' };
    expectRefusal(await ask(url, path, { headers, body }), 'preflight_required', url);
  });

  it('rate_limited counts by session, and says when to come back', async () => {
    const create = (address: string) => tokenFor(limited, { ...chromeOnMac, 'x-forwarded-for': address });
    const [token, another] = [await create('203.0.113.8'), await create('203.0.113.9')];
    expect((await refreshToken(url, limited, token)).status).toBe(200);
    const answer = await refreshToken(url, limited, token);
    expectRefusal(answer, 'rate_limited', url);
    expect(answer.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect((await refreshToken(url, limited, another)).status).toBe(200);
  });

  it('every check wins over those after it', async () => {
    const large = 'x'.repeat(17 * 1024);
    const refused = { origin: 'https://evil.example' };
    const codes = [
      await ask(url, `${path}/Now`, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: large }),
      await ask(url, path, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: large }),
      await ask(url, path, { headers: { 'content-type': 'text/plain', ...refused }, body: large }),
      await ask(url, path, { headers: { ...form, ...refused }, body: large }),
      await ask(url, path, { headers: { ...form, ...refused }, body: `deploymentKey=${unknown}` }),
      await ask(url, path, { headers: { ...form, ...refused }, body: `deploymentKey=${unknown}&token=x` }),
      await ask(url, path, { headers: { ...form, ...refused }, body: `deploymentKey=${restricted}&token=x` }),
      await ask(url, path, { headers: { ...form, origin: listedOrigin }, body: `deploymentKey=${restricted}&token=x` }),
      await refreshToken(url, restricted, 'x', { origin: listedOrigin }),
      await refreshToken(url, secured, `${await tokenFor(secured)}x`, firefoxOnWindows),
      await refreshToken(url, secured, await tokenFor(secured), firefoxOnWindows),
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
      'invalid_token',
      'invalid_fingerprint',
    ]);
  });

  it('no token, no signal and no address stands in the log', async () => {
    const token = await tokenFor(secured, { ...chromeOnMac, 'x-forwarded-for': '203.0.113.200' });
    await refreshToken(url, secured, token);
    await refreshToken(url, secured, `${token}x`);
    const { headers } = await refreshToken(url, secured, token, firefoxOnWindows);
    await logged(String(headers['x-request-id']));
    for (const secret of [token, token.slice(0, 60), '1767225600000', '203.0.113.200', topology.serviceSecret]) {
      expect(topology.output()).not.toContain(secret);
    }
  });

  it.each<[BranchName, () => Promise<Answer>]>([
    ['refresh', async () => refreshToken(url, secured, await tokenFor(secured))],
    ['refreshWithoutSecurity', async () => refreshToken(url, unsecured, await tokenFor(unsecured), {})],
    ['refreshInOtherBrowser', async () => refreshToken(url, secured, await tokenFor(secured), firefoxOnWindows)],
    ['refreshWithInvalidToken', () => refreshToken(url, secured, 'nonsense')],
    ['refreshWithInvalidTokenWithoutSecurity', () => refreshToken(url, unsecured, 'nonsense')],
  ])('the messages between the participants are those that the diagram draws: %s', async (branch, send) => {
    const { headers } = await send();
    const recorded = await topology.recordedMessages(headers['x-request-id']);
    expect(compareMessages(await drawnMessages(branch), recorded)).toEqual([]);
  });

  it('the messages between the participants are those of one process', async () => {
    const session = await tokenFor(limited, { ...chromeOnMac, 'x-forwarded-for': '203.0.113.10' });
    await refreshToken(url, limited, session);
    const answers = {
      'flag off, valid': await refreshToken(url, unsecured, await tokenFor(unsecured), {}),
      'flag on, valid': await refreshToken(url, secured, await tokenFor(secured)),
      'invalid fingerprint': await refreshToken(url, secured, await tokenFor(secured), firefoxOnWindows),
      'invalid token': await refreshToken(url, secured, 'nonsense'),
      'other deployment': await refreshToken(url, rotated, await tokenFor(secured)),
      'too often': await refreshToken(url, limited, session),
      'generation failed': await refreshToken(url, secured, 'nonsense', {}),
      unknown: await refreshToken(url, unknown, 'nonsense'),
    };
    for (const [flow, { headers }] of Object.entries(answers)) {
      const messages = await topology.recordedMessages(headers['x-request-id']);
      expect(messages.length).toBeGreaterThan(3);
      if (name === 'one process') inOneProcess.set(flow, messages);
      expect(messages, flow).toEqual(inOneProcess.get(flow));
    }
  });

  /** Waits until the log, which is written in batches, has the line of a request. */
  async function logged(requestId: string): Promise<void> {
    await expect.poll(() => topology.output(), { timeout: 5000 }).toContain(requestId);
  }
});

function labelsWithFields(messages: readonly Message[]): readonly string[] {
  return messages.map(({ from, to, fields }) => `${from} -> ${to} ${JSON.stringify(fields)}`);
}
