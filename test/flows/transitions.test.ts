// What happens to sessions that live when their deployment's flag, level or proof policy changes: every pair of values. All
// sessions begin under the first value; the node is stopped and started with the second one, on the same data.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentSettings, declare } from '../topology/declare.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { createProofHolder, type ProofHolder } from '../topology/proof-holder.ts';
import { chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { paths, readCounter } from '../topology/visitor-session.ts';

type Headers = Readonly<Record<string, string>>;

/** Every ordered pair of values, as a deployment of its own. */
function pairsOf<Value extends string | boolean>(values: readonly Value[], settingsOf: (value: Value) => DeploymentSettings) {
  const pairs = values.flatMap((from) => values.map((to) => ({ from, to, name: `${from} -> ${to}` })));
  const declaredAs = (side: 'from' | 'to') =>
    declare(Object.fromEntries(pairs.map((pair) => [pair.name, settingsOf(pair[side])])));
  return { pairs, before: declaredAs('from'), after: declaredAs('to') };
}

/** What a refresh came to: its status, or the code of its refusal. */
async function outcomeOf(answer: Promise<{ status: number; body: Readonly<Record<string, unknown>> }>): Promise<unknown> {
  const { status, body } = await answer;
  return status === 200 ? 'goes on' : body.code;
}

describe('the flag', () => {
  const { pairs, before, after } = pairsOf([false, true], (webchatSecurityEnabled) => ({ webchatSecurityEnabled }));
  const browsers: Readonly<Record<string, Headers>> = { same: chromeOnMac, other: firefoxOnWindows, silent: {} };
  const tokens = new Map<string, unknown>();
  let node: NodeInProcess;

  beforeAll(async () => {
    node = await startNodeInProcess(before.declaration);
    for (const { name } of pairs) {
      for (const who of Object.keys(browsers)) {
        tokens.set(`${name} ${who}`, (await createToken(node.publicUrl, before.keys[name] ?? '')).body.token);
      }
    }
    await node.restart(after.declaration);
  });
  afterAll(() => node.close());

  it.each([
    // The refresh by the same browser, by another, by one that says nothing; and then by another one in the first's session.
    { pair: 'false -> false', same: 'goes on', other: 'goes on', silent: 'goes on', next: 'goes on', boundLate: 0 },
    { pair: 'true -> false', same: 'goes on', other: 'goes on', silent: 'goes on', next: 'goes on', boundLate: 0 },
    {
      pair: 'true -> true',
      same: 'goes on',
      other: 'invalid_fingerprint',
      silent: 'fingerprint_generation_failed',
      next: 'invalid_fingerprint',
      boundLate: 0,
    },
    {
      // Nobody knows whose browser it was: the first one that refreshes is the one, and is counted.
      pair: 'false -> true',
      same: 'goes on',
      other: 'goes on',
      silent: 'fingerprint_generation_failed',
      next: 'invalid_fingerprint',
      boundLate: 2,
    },
  ])('$pair', async ({ pair, next, boundLate, ...expected }) => {
    const key = after.keys[pair] ?? '';
    const outcomes: Record<string, unknown> = {};
    for (const [who, headers] of Object.entries(browsers)) {
      outcomes[who] = await outcomeOf(refreshToken(node.publicUrl, key, tokens.get(`${pair} ${who}`), headers));
    }
    expect(outcomes).toEqual(expected);
    const counted = await readCounter(node.adminUrl, 'gangway_sessions_bound_late_total', after.deploymentSids[pair] ?? '');
    expect(counted).toBe(boundLate);

    const { body } = await refreshToken(node.publicUrl, key, tokens.get(`${pair} same`));
    expect(await outcomeOf(refreshToken(node.publicUrl, key, body.token, firefoxOnWindows))).toBe(next);
    // Once bound, it is not counted again.
    await refreshToken(node.publicUrl, key, body.token);
    const again = await readCounter(node.adminUrl, 'gangway_sessions_bound_late_total', after.deploymentSids[pair] ?? '');
    // The first token was presented a second time just above, within the grace, and still says that it is unbound.
    expect(again).toBe(boundLate === 0 ? 0 : boundLate + 1);
  });
});

describe('the level', () => {
  const levels = ['off', 'low', 'medium', 'high'] as const;
  const { pairs, before, after } = pairsOf(levels, (fingerprintSensitivity) => ({ fingerprintSensitivity }));
  const version = (major: number): Headers => ({
    ...chromeOnMac,
    'user-agent': chromeOnMac['user-agent'].replace('140', String(major)),
    'sec-ch-ua': chromeOnMac['sec-ch-ua'].replaceAll('140', String(major)),
  });
  const travelled = (...rest: string[]): Headers => ({
    ...chromeOnMac,
    'x-webchat-sec-usersettings': `{"language":"fr","cookieEnabled":${!rest.includes('no cookies')},"userTimezone":300}`,
  });
  /** Browsers that come to the refresh, and the levels that let them go on: only the second value counts. */
  const browsers: readonly (readonly [string, Headers, readonly (typeof levels)[number][]])[] = [
    ['the same', chromeOnMac, ['off', 'low', 'medium', 'high']],
    ['updated by five versions', version(145), ['off', 'low', 'medium']],
    ['a version older', version(139), ['off', 'low']],
    ['two signals changed', travelled(), ['off', 'low', 'medium']],
    ['three signals changed', travelled('no cookies'), ['off', 'low']],
    ['another session', { ...chromeOnMac, 'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1"}' }, ['off']],
    ['another family', firefoxOnWindows, ['off']],
  ];
  const tokens = new Map<string, unknown>();
  let node: NodeInProcess;

  beforeAll(async () => {
    node = await startNodeInProcess(before.declaration);
    for (const { name } of pairs) {
      for (const [who] of browsers) {
        const { body } = await createToken(node.publicUrl, before.keys[name] ?? '');
        // Refreshed once under the first value: it is these signals that are bound.
        const refreshed = await refreshToken(node.publicUrl, before.keys[name] ?? '', body.token);
        tokens.set(`${name} ${who}`, refreshed.body.token);
      }
    }
    await node.restart(after.declaration);
  });
  afterAll(() => node.close());

  it.each(pairs)('$name: the new level counts at once, for the signals of the last refresh', async ({ name, to }) => {
    const key = after.keys[name] ?? '';
    for (const [who, headers, levelsThatAccept] of browsers) {
      const expected = levelsThatAccept.includes(to) ? 'goes on' : 'invalid_fingerprint';
      const outcome = await outcomeOf(refreshToken(node.publicUrl, key, tokens.get(`${name} ${who}`), headers));
      expect(outcome, who).toBe(expected);
    }
  });
});

describe('the proof policy', () => {
  const policies = ['off', 'optional', 'required'] as const;
  const { pairs, before, after } = pairsOf(policies, (proofOfPossession) => ({ proofOfPossession }));
  const publicUrl = 'https://chat.owlbikes.example';
  const tokens = new Map<string, unknown>();
  let visitor: ProofHolder;
  let node: NodeInProcess;

  beforeAll(async () => {
    node = await startNodeInProcess(before.declaration, { PUBLIC_URLS: publicUrl });
    visitor = await createProofHolder(() => node.publicUrl, publicUrl);
    for (const { name } of pairs) {
      const deploymentKey = before.keys[name] ?? '';
      tokens.set(`${name} proof`, (await visitor.post(paths.create, { deploymentKey })).body.token);
      tokens.set(`${name} none`, (await createToken(node.publicUrl, deploymentKey)).body.token);
    }
    await node.restart(after.declaration);
  });
  afterAll(() => node.close());

  // A session that began with a proof, then with and without one; a session that began without, likewise. `bound` says
  // that a session that began with a proof has a key.
  const bound = { proofThenProof: 'goes on', proofThenNone: 'invalid_dpop_proof' };
  const unbound = { proofThenProof: 'goes on', proofThenNone: 'goes on' };
  const free = { noneThenProof: 'goes on', noneThenNone: 'goes on' };
  const refused = { noneThenProof: 'invalid_dpop_proof', noneThenNone: 'invalid_dpop_proof' };
  const impossible = { noneThenProof: 'never began', noneThenNone: 'never began' };
  const keyWanted = { proofThenProof: 'invalid_dpop_proof', proofThenNone: 'invalid_dpop_proof' };
  it.each([
    ['off -> off', { ...unbound, ...free }],
    ['off -> optional', { ...unbound, ...free }],
    ['off -> required', { ...keyWanted, ...refused }],
    ['optional -> off', { ...bound, ...free }],
    ['optional -> optional', { ...bound, ...free }],
    ['optional -> required', { ...bound, ...refused }],
    ['required -> off', { ...bound, ...impossible }],
    ['required -> optional', { ...bound, ...impossible }],
    ['required -> required', { ...bound, ...impossible }],
  ])('%s', async (name, expected) => {
    const deploymentKey = after.keys[name] ?? '';
    const outcomes: Record<string, unknown> = {};
    for (const begun of ['proof', 'none']) {
      const token = tokens.get(`${name} ${begun}`);
      const without = () => outcomeOf(refreshToken(node.publicUrl, deploymentKey, token));
      const withProof = () => outcomeOf(visitor.post(paths.refresh, { deploymentKey, token }));
      outcomes[`${begun}ThenNone`] = token === undefined ? 'never began' : await without();
      outcomes[`${begun}ThenProof`] = token === undefined ? 'never began' : await withProof();
    }
    expect(outcomes).toEqual(expected);
  });

  it('off -> required -> off: what was refused for want of a key goes on when none is wanted any more', async () => {
    const token = tokens.get('off -> required none');
    await node.restart(before.declaration);
    const key = before.keys['off -> required'] ?? '';
    expect(await outcomeOf(refreshToken(node.publicUrl, key, token))).toBe('goes on');
  });
});
