// `off`, `optional`, `required`: what a deployment's policy makes of visitors with and without a key, over every topology.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { chromeOnMac, createToken, refreshToken } from '../topology/visitor.ts';
import { endSession, init, paths, validate } from '../topology/visitor-session.ts';

const { declaration, keys } = declare({
  off: { proofOfPossession: 'off' },
  optional: { proofOfPossession: 'optional' },
  unsaid: {},
  required: { proofOfPossession: 'required' },
});
const notValid = { valid: false };

describe.each(topologyNames)('the proof policy, %s', (name) => {
  let topology: Topology;
  let url: string;
  beforeAll(async () => {
    topology = await startTopology(name, declaration);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const thumbprintOf = async (token: unknown, proof: object = {}) => {
    const access = { ...topology.processOf('scoped-auth'), serviceSecret: topology.serviceSecret };
    return (await validate(access, { token, ...proof })).proofKeyThumbprint;
  };

  it.each(['off', 'optional', 'unsaid'] as const)('%s: a client without a key goes on working', async (policy) => {
    const created = await createToken(url, keys[policy]);
    expect(created.status).toBe(201);
    const refreshed = await refreshToken(url, keys[policy], created.body.token);
    expect(refreshed.status).toBe(200);
    expect((await endSession(url, keys[policy], refreshed.body.token)).status).toBe(204);
    expect((await init(url, keys[policy])).status).toBe(201);
  });

  it.each(['optional', 'unsaid', 'required'] as const)('%s: a proof at create or init binds the session', async (policy) => {
    const visitor = await createProofHolder(url);
    const fields = { deploymentKey: keys[policy], customerFriendlyName: 'x', preEngagementData: '{}' };
    for (const path of [paths.create, paths.init]) {
      const { status, body } = await visitor.post(path, fields);
      expect(status).toBe(201);
      expectRefusal(await refreshToken(url, keys[policy], body.token), 'invalid_dpop_proof', url, notValid);
      expect((await visitor.post(paths.refresh, { deploymentKey: keys[policy], token: body.token })).status).toBe(200);
    }
  });

  it.each(['optional', 'required'] as const)('%s: a proof that does not hold begins no session', async (policy) => {
    const visitor = await createProofHolder(url);
    await visitor.post(paths.create, { deploymentKey: keys[policy] });
    const wrong = {
      'for another path': await visitor.proof({ path: paths.refresh }),
      'for another method': await visitor.proof({ path: paths.create, method: 'PUT' }),
      'for a token': await visitor.proof({ path: paths.create, token: 'a token' }),
      'for another host': await visitor.proof({ path: paths.create, publicUrl: 'https://evil.example' }),
      nonsense: 'nonsense',
      empty: '',
    };
    for (const dpop of Object.values(wrong)) {
      const answer = await createToken(url, keys[policy], { ...chromeOnMac, dpop });
      expectRefusal(answer, 'invalid_dpop_proof', url);
      expect(answer.headers['www-authenticate']).toBe('DPoP error="invalid_dpop_proof", algs="ES256"');
    }
    const used = await visitor.proof({ path: paths.create });
    expect((await createToken(url, keys[policy], { ...chromeOnMac, dpop: used })).status).toBe(201);
    expectRefusal(await createToken(url, keys[policy], { ...chromeOnMac, dpop: used }), 'invalid_dpop_proof', url);
  });

  it('off: a proof is not looked at, and binds nothing', async () => {
    const created = await createToken(url, keys.off, { ...chromeOnMac, dpop: 'nonsense' });
    expect(created.status).toBe(201);
    expect(await thumbprintOf(created.body.token)).toBeUndefined();
    const visitor = await createProofHolder(url);
    const { body } = await visitor.post(paths.create, { deploymentKey: keys.off });
    expect((await refreshToken(url, keys.off, body.token)).status).toBe(200);
  });

  it('required: without a proof no session begins, and its nonce comes with the refusal', async () => {
    for (const answer of [await createToken(url, keys.required), await init(url, keys.required)]) {
      expectRefusal(answer, 'invalid_dpop_proof', url);
      expect(answer.headers['dpop-nonce']).toMatch(/^[\w-]{28}$/);
    }
  });

  it('a proof that comes with an unbound token binds nothing', async () => {
    const visitor = await createProofHolder(url);
    const { body } = await createToken(url, keys.optional);
    const refreshed = await visitor.post(paths.refresh, { deploymentKey: keys.optional, token: body.token });
    expect(refreshed.status).toBe(200);
    expect(await thumbprintOf(refreshed.body.token)).toBeUndefined();
    expect((await refreshToken(url, keys.optional, refreshed.body.token)).status).toBe(200);
  });
});
