// Init, over every topology: a session and a conversation in one, as the widget in use asks for it; and an identity that is
// kept only for whoever holds a token of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, ask, chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { endSession, init, paths, validate } from '../topology/visitor-session.ts';

const { declaration, keys } = declare({ secured: {}, elsewhere: {}, required: { proofOfPossession: 'required' } });
const deploymentKey = keys.secured;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const form = { ...chromeOnMac, 'content-type': 'application/x-www-form-urlencoded' };
const person = { name: 'Canary Wren', data: '{"question":"canary forty-seven"}' };

describe.each(topologyNames)('init, %s', (name) => {
  let topology: Topology;
  let url: string;
  beforeAll(async () => {
    topology = await startTopology(name, declaration);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const begin = async () => (await createToken(url, deploymentKey)).body;
  const judge = (token: unknown) =>
    validate({ ...topology.processOf('scoped-auth'), serviceSecret: topology.serviceSecret }, { token });
  const wish = (fields: object, headers: Readonly<Record<string, string>> = chromeOnMac) =>
    init(url, deploymentKey, { ...fields }, headers);
  function expectSession({ status, body }: Answer): void {
    expect(status).toBe(201);
    expect(body).toEqual({
      token: expect.any(String),
      identity: expect.stringMatching(uuid4),
      expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      ttl: expect.any(Number),
      roles: [{ grant: 'chat' }],
      conversation_sid: expect.stringMatching(/^CH[0-9a-f]{32}$/),
    });
  }

  describe('what a request may look like', () => {
    it('a form in Pascal case, as the widget in use sends it, and its refresh', async () => {
      const body = new URLSearchParams({
        DeploymentKey: deploymentKey,
        CustomerFriendlyName: 'Ärger & Söhne',
        PreEngagementData: JSON.stringify({ friendlyName: 'Ä', query: 'a=b&c' }),
        Identity: '',
      }).toString();
      const headers = Object.fromEntries(
        Object.entries(form).map(([header, value]) => [header.replace('x-webchat-', 'x-twilio-'), value]),
      );
      const answer = await ask(url, '/v2/Webchat/Init', { headers: { ...headers, origin: 'https://shop.example' }, body });
      expectSession(answer);
      const refresh = new URLSearchParams({ DeploymentKey: deploymentKey, token: String(answer.body.token) }).toString();
      const refreshed = await ask(url, '/v2/Webchat/Tokens/Refresh', { headers, body: refresh });
      expect([refreshed.status, refreshed.body.identity]).toEqual([200, answer.body.identity]);
    });

    it.each([
      ['camel case', { deploymentKey, customerFriendlyName: 'x', preEngagementData: '{}' }],
      ['Pascal case', { DeploymentKey: deploymentKey, CustomerFriendlyName: '', PreEngagementData: '{}' }],
    ])('JSON in %s', async (_, body) => {
      expectSession(await ask(url, paths.init, { headers: chromeOnMac, body }));
    });

    it.each([
      ['preEngagementData', { preEngagementData: '[]' }],
      ['preEngagementData', { preEngagementData: 'null' }],
      ['preEngagementData', { preEngagementData: '{"a":' }],
      ['preEngagementData', { preEngagementData: {} }],
      ['preEngagementData', { preEngagementData: `{"a":"${'x'.repeat(8200)}"}` }],
      ['customerFriendlyName', { customerFriendlyName: 'x'.repeat(257) }],
      ['customerFriendlyName', { customerFriendlyName: undefined }],
    ])('a malformed %s is named, and not repeated', async (field, fields) => {
      const answer = await wish(fields);
      expectRefusal(answer, 'invalid_request', url);
      expect(answer.body.message).toMatch(new RegExp(`^${field} is (missing|malformed): `));
    });

    it('the shape is judged before the deployment, and the deployment before the signals', async () => {
      const unknown = `CV${'e'.repeat(32)}`;
      expectRefusal(await init(url, unknown, { preEngagementData: '[]' }), 'invalid_request', url);
      expectRefusal(await init(url, unknown, {}, {}), 'deployment_not_found', url);
      expectRefusal(await wish({}, {}), 'fingerprint_generation_failed', url);
    });
  });

  describe('an identity', () => {
    it('is kept with a token of it: the session goes on, in a conversation of its own', async () => {
      const { token, identity } = await begin();
      const before = await judge(token);
      const first = await wish({ identity, token });
      expectSession(first);
      expect(first.body.identity).toBe(identity);
      const after = await judge(first.body.token);
      const { session, absoluteEnd } = before as { session: { id: string; startedAt: number }; absoluteEnd: number };
      expect(after).toMatchObject({ absoluteEnd, session: { id: session.id, startedAt: session.startedAt, generation: 1 } });
      const second = await wish({ Identity: identity, Token: first.body.token });
      expect(second.body.identity).toBe(identity);
      expect(second.body.conversation_sid).not.toBe(first.body.conversation_sid);
    });

    it.each<[string, (held: { token: string; identity: string }) => Promise<Answer>]>([
      ['without a token', ({ identity }) => wish({ identity })],
      ['with an empty token', ({ identity }) => wish({ identity, token: '' })],
      ['with a forged token', ({ identity, token }) => wish({ identity, token: `${token.slice(0, -4)}AAAA` })],
      ['with a token longer than any', ({ identity }) => wish({ identity, token: 'x'.repeat(9000) })],
      ['with a token that is no text', ({ identity }) => wish({ identity, token: 1 })],
      ["with somebody else's token", async ({ identity }) => wish({ identity, token: (await begin()).token })],
      ['with its token, under another deployment', ({ identity, token }) => init(url, keys.elsewhere, { identity, token })],
      ['with its token, in another browser', ({ identity, token }) => wish({ identity, token }, firefoxOnWindows)],
      [
        'with the token of a session that has ended',
        async ({ identity, token }) => {
          await endSession(url, deploymentKey, token);
          return wish({ identity, token });
        },
      ],
      ['in capitals, which no identity of ours has', ({ identity, token }) => wish({ identity: identity.toUpperCase(), token })],
      ['where a token comes without it', ({ token }) => wish({ token })],
      [
        'where the deployment wants a key and the session has none',
        async ({ identity, token }) => {
          const visitor = await createProofHolder(url);
          const fields = { customerFriendlyName: 'x', preEngagementData: '{}', identity, token };
          return visitor.post(paths.init, { deploymentKey: keys.required, ...fields });
        },
      ],
    ])('%s is not kept: a new one, and no error', async (_, attempt) => {
      const held = await begin();
      const identity = String(held.identity);
      const answer = await attempt({ token: String(held.token), identity });
      expectSession(answer);
      expect(answer.body.identity).not.toBe(identity);
    });

    it.each([['nonsense'], ['x'.repeat(1000)], [1], [null], [['a']], ['../../etc'], ["' OR 1=1"]])(
      'that is none (%j) is no error',
      async (identity) => {
        expectSession(await wish({ identity, token: (await begin()).token }));
      },
    );

    it('two identities in a form are none', async () => {
      const { identity, token } = await begin();
      const wanted = `Identity=${identity}&Identity=${crypto.randomUUID()}&Token=${token}`;
      const body = `DeploymentKey=${deploymentKey}&CustomerFriendlyName=x&PreEngagementData={}&${wanted}`;
      const answer = await ask(url, paths.init, { headers: form, body });
      expectSession(answer);
      expect(answer.body.identity).not.toBe(identity);
    });

    it('of a session with a key is kept with a proof for its token, and the key stays', async () => {
      const visitor = await createProofHolder(url);
      const { token, identity } = (await visitor.post(paths.create, { deploymentKey })).body;
      const fields = { deploymentKey, customerFriendlyName: 'x', preEngagementData: '{}', identity };
      const kept = await visitor.post(paths.init, { ...fields, token });
      expectSession(kept);
      expect(kept.body.identity).toBe(identity);
      expectRefusal(await refreshToken(url, deploymentKey, kept.body.token), 'invalid_dpop_proof', url, { valid: false });

      expect((await wish({ identity, token })).body.identity, 'without a proof').not.toBe(identity);
      const thief = await createProofHolder(url);
      const stolen = await thief.post(paths.init, { ...fields, token });
      expectSession(stolen);
      expect(stolen.body.identity, 'with a proof by another key').not.toBe(identity);
      const unproven = { ...chromeOnMac, dpop: await visitor.proof({ path: paths.init }) };
      const forNoToken = await wish({ identity, token }, unproven);
      expectSession(forNoToken);
      expect(forNoToken.body.identity, 'with a proof for no token').not.toBe(identity);
    });

    it('of a session with a key: a proof without a nonce is asked for one', async () => {
      const visitor = await createProofHolder(url);
      const { token, identity } = (await visitor.post(paths.create, { deploymentKey })).body;
      const dpop = await visitor.proof({ path: paths.init, token: String(token), nonce: undefined });
      expectRefusal(await wish({ identity, token }, { ...chromeOnMac, dpop }), 'use_dpop_nonce', url);
    });

    it('of a session without a key is kept when a proof comes along, which binds nothing', async () => {
      const visitor = await createProofHolder(url);
      const { token, identity } = await begin();
      const fields = { deploymentKey, customerFriendlyName: 'x', preEngagementData: '{}', identity, token };
      const kept = await visitor.post(paths.init, fields);
      expect([kept.status, kept.body.identity]).toEqual([201, identity]);
      expect((await refreshToken(url, deploymentKey, kept.body.token)).status).toBe(200);
    });
  });

  it('an identity that was guessed or heard of is taken over in none of a thousand tries', { timeout: 60_000 }, async () => {
    const victim = await begin();
    const own = await begin();
    let takeovers = 0;
    // Each topology does a part of them with each kind of token, ten at a time.
    for (let round = 0; round < 34; round += 1) {
      const tokens = [undefined, own.token, 'nonsense', String(victim.token).slice(0, -1), `${victim.token}A`];
      const tries = Array.from({ length: 10 }, (_, index) => wish({ identity: victim.identity, token: tokens[index % 5] }));
      for (const { status, body } of await Promise.all(tries)) {
        expect(status).toBe(201);
        if (body.identity === victim.identity) takeovers += 1;
      }
    }
    expect(takeovers).toBe(0);
    expect((await refreshToken(url, deploymentKey, victim.token)).status).toBe(200);
  });

  it('what it receives about a person stands in no log and in no trace', async () => {
    const fields = { customerFriendlyName: person.name, preEngagementData: person.data };
    const answers = [
      await wish(fields),
      await wish(fields, {}),
      await wish({ ...fields, identity: person.name, token: person.name }),
      await wish({ ...fields, preEngagementData: `${person.data}}` }),
      await init(url, `CV${'e'.repeat(32)}`, fields),
    ];
    const last = String(answers.at(-1)?.headers['x-request-id']);
    await expect.poll(() => topology.output(), { timeout: 5000 }).toContain(last);
    const traces = await Promise.all(
      answers.map(({ headers }) => topology.recordedMessages(headers['x-request-id']).catch(() => [])),
    );
    for (const canary of [person.name, 'canary forty-seven', 'Canary', 'forty-seven']) {
      expect(topology.output()).not.toContain(canary);
      expect(JSON.stringify(traces)).not.toContain(canary);
      for (const { text } of answers) expect(text).not.toContain(canary);
    }
  });
});
