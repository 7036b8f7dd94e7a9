// A session without a key, over every topology: tabs that race, answers that are lost, tokens that are used twice, guesses
// at the browser's signals; and how its holder ends it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { startTopology, type Topology, topologyNames } from '../topology/topologies.ts';
import { type Answer, chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { endSession, init, validate } from '../topology/visitor-session.ts';

const { declaration, keys } = declare({ secured: {}, elsewhere: {}, restricted: { allowedOrigins: ['https://shop.example'] } });
const deploymentKey = keys.secured;
const notValid = { valid: false };
const refusedToken = { authorized: false, message: 'token_validation_failed' };

describe.each(topologyNames)('a session without a key, %s', (name) => {
  let topology: Topology;
  let url: string;
  beforeAll(async () => {
    topology = await startTopology(name, declaration);
    url = topology.publicUrl;
  });
  afterAll(() => topology.close());

  const begin = async () => (await createToken(url, deploymentKey)).body;
  const refresh = (token: unknown, headers: Readonly<Record<string, string>> = chromeOnMac) =>
    refreshToken(url, deploymentKey, token, headers);
  const judge = (token: unknown) =>
    validate({ ...topology.processOf('scoped-auth'), serviceSecret: topology.serviceSecret }, { token });
  const generationOf = async (token: unknown) => ((await judge(token)).session as { generation: number }).generation;
  /** Expects that no token of a session counts any more, at refresh or for a backend. */
  async function expectOver(...tokens: readonly unknown[]): Promise<void> {
    for (const token of tokens) {
      expectRefusal(await refresh(token), 'invalid_token', url, notValid);
      expect(await judge(token)).toMatchObject(refusedToken);
    }
  }

  describe('generations', () => {
    it('fifty tabs that refresh one token at once all get tokens of one generation, and the session goes on', async () => {
      const { token, identity } = await begin();
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.identity))).toEqual(new Set([identity]));
      // Asked of a few: a backend that asks uses the token, and so ends the time in which the one before is forgiven.
      const last = answers.at(-1)?.body.token;
      expect([await generationOf(answers[0]?.body.token), await generationOf(last)]).toEqual([1, 1]);
      const next = await refresh(last);
      expect([next.status, await generationOf(next.body.token)]).toEqual([200, 2]);
    });

    it('fifty tabs race three times in a row', async () => {
      let { token } = await begin();
      for (let round = 1; round <= 3; round += 1) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        token = answers[round * 7]?.body.token;
      }
      expect(await generationOf(token)).toBe(3);
    });

    it('an answer that is lost is forgiven: the token before counts until the new one is used', async () => {
      const { token, identity } = await begin();
      expect((await refresh(token)).status).toBe(200);
      const again = await refresh(token);
      expect([again.status, again.body.identity]).toEqual([200, identity]);
      expect((await refresh(again.body.token)).status).toBe(200);
    });

    it('a refusal by fingerprint, origin or deployment costs the session no generation', async () => {
      const { token } = await begin();
      const first = (await refresh(token)).body.token;
      expectRefusal(await refresh(first, firefoxOnWindows), 'invalid_fingerprint', url, notValid);
      expectRefusal(await refreshToken(url, keys.elsewhere, first), 'invalid_token', url, notValid);
      expectRefusal(await refreshToken(url, keys.restricted, first), 'origin_not_allowed', url);
      const next = await refresh(first);
      expect([next.status, await generationOf(next.body.token)]).toEqual([200, 2]);
    });
  });

  describe('lockout', () => {
    it('four refusals by fingerprint are forgiven, the fifth ends the session', async () => {
      const { token } = await begin();
      for (let count = 0; count < 4; count += 1) {
        expectRefusal(await refresh(token, firefoxOnWindows), 'invalid_fingerprint', url, notValid);
      }
      const { body } = await refresh(token);
      expect(body.identity).toBeDefined();
      expectRefusal(await refresh(body.token, firefoxOnWindows), 'invalid_fingerprint', url, notValid);
      await expectOver(token, body.token);
    });

    it('of two hundred guesses at once, the right ones behind twenty wrong ones, none goes on with the session', async () => {
      const { token } = await begin();
      const guess = (index: number) => ({ ...chromeOnMac, 'x-webchat-sec-webchatinfo': `{"loginTimestamp":"${index}"}` });
      const guesses = Array.from({ length: 200 }, (_, index) => (index < 20 ? guess(index) : chromeOnMac));
      // All are under way at once, the wrong ones first. A revocation takes a moment to be stored: nobody gets in meanwhile.
      const answers = await Promise.all(guesses.map((headers) => refresh(token, headers)));
      expect(answers.filter(({ status }) => status === 200)).toEqual([]);
      await expectOver(token);
    });

    it('other sessions of the visitor live on', async () => {
      const [one, other] = [await begin(), await begin()];
      for (let count = 0; count < 5; count += 1) await refresh(one.token, firefoxOnWindows);
      await expectOver(one.token);
      expect((await refresh(other.token)).status).toBe(200);
    });
  });

  describe('End', () => {
    it('answers 204 without a body, and all tokens of the session are worthless', async () => {
      const first = await begin();
      const second = (await refresh(first.token)).body;
      const answer = await endSession(url, deploymentKey, second.token);
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([204, '', undefined]);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store', vary: 'Origin' });
      await expectOver(first.token, second.token);
    });

    it('a client that did not hear the answer and asks again learns that the session is over', async () => {
      const { token } = await begin();
      expect((await endSession(url, deploymentKey, token)).status).toBe(204);
      expectRefusal(await endSession(url, deploymentKey, token), 'invalid_token', url, notValid);
    });

    it('two that ask at once both learn that it is over', async () => {
      const { token } = await begin();
      const answers = await Promise.all([endSession(url, deploymentKey, token), endSession(url, deploymentKey, token)]);
      for (const { status } of answers) expect([204, 401]).toContain(status);
      expect(answers.map(({ status }) => status)).toContain(204);
      await expectOver(token);
    });

    it.each<[string, string, (token: string) => Promise<Answer>]>([
      ['invalid_token', 'a forged token', (token) => endSession(url, deploymentKey, `${token.slice(0, -4)}AAAA`)],
      ['invalid_token', 'a token of another deployment', (token) => endSession(url, keys.elsewhere, token)],
      ['invalid_fingerprint', 'another browser', (token) => endSession(url, deploymentKey, token, firefoxOnWindows)],
      ['fingerprint_generation_failed', 'no signals', (token) => endSession(url, deploymentKey, token, {})],
      ['origin_not_allowed', 'another origin', (token) => endSession(url, keys.restricted, token)],
      ['deployment_not_found', 'an unknown key', (token) => endSession(url, `CV${'e'.repeat(32)}`, token)],
    ])('%s for %s, and the session goes on', async (code, _, attempt) => {
      const { token } = await begin();
      const { body, status } = await attempt(String(token));
      expect([body.code, status]).toEqual([code, body.status]);
      expect((await refresh(token)).status).toBe(200);
    });

    it('the same identity is not taken up again with the token of a session that has ended', async () => {
      const { token, identity } = await begin();
      await endSession(url, deploymentKey, token);
      const { status, body } = await init(url, deploymentKey, { identity, token });
      expect(status).toBe(201);
      expect(body.identity).not.toBe(identity);
    });

    it('survives a restart of Scoped Auth', async () => {
      const { token } = await begin();
      const other = (await begin()).token;
      await endSession(url, deploymentKey, token);
      await topology.kill('scoped-auth');
      await topology.startAgain('scoped-auth');
      url = topology.publicUrl;
      await expect.poll(async () => (await createToken(url, deploymentKey)).status, { timeout: 8000 }).toBe(201);
      await expectOver(token);
      expect((await refresh(other)).status).toBe(200);
    });
  });
});
