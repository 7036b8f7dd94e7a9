// What operators see of drift: refreshes that a report-only deployment lets through, and what it never lets through; and
// sessions that are bound late.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';
import { endSession, init, paths, readCounter } from '../topology/visitor-session.ts';

const notValid = { valid: false };
const declaredAs = (reportOnly: boolean, webchatSecurityEnabled: boolean) =>
  declare({
    reporting: { reportOnly },
    elsewhere: { reportOnly },
    restricted: { reportOnly, allowedOrigins: ['https://shop.example'] },
    late: { webchatSecurityEnabled },
  });
const reporting = declaredAs(true, false);
const biting = declaredAs(false, true);
const { keys, deploymentSids } = reporting;

let node: NodeInProcess;
beforeAll(async () => {
  node = await startNodeInProcess(reporting.declaration);
});
afterAll(() => node.close());

const begin = async (key = keys.reporting) => (await createToken(node.publicUrl, key)).body;
const refresh = (token: unknown, headers: Readonly<Record<string, string>> = chromeOnMac) =>
  refreshToken(node.publicUrl, keys.reporting, token, headers);
const reported = () => readCounter(node.adminUrl, 'gangway_reported_refusals_total', deploymentSids.reporting);

describe('report-only', () => {
  it('lets another browser through, counts it, and says in the log which signals differ, not what they are', async () => {
    const before = await reported();
    const { token, identity } = await begin();
    const { status, body, headers } = await refresh(token, firefoxOnWindows);
    expect([status, body.identity]).toEqual([200, identity]);
    expect(Object.keys(body).sort(), 'the visitor learns nothing of it').toEqual([
      'expiration',
      'identity',
      'roles',
      'token',
      'ttl',
    ]);
    expect(await reported()).toBe(before + 1);
    expect(node.log()).toContain(String(headers['x-request-id']));
    expect(node.log()).toMatch(/"signals":\["loginTimestamp","browser","os"/);
    for (const value of ['1767225600000', '1767229999999', 'firefox', 'Firefox']) expect(node.log()).not.toContain(value);
    expect(node.log()).not.toContain(String(body.token));
  });

  it('the same browser is not counted', async () => {
    const before = await reported();
    expect((await refresh((await begin()).token)).status).toBe(200);
    expect(await reported()).toBe(before);
  });

  it('an end that was let through is counted too', async () => {
    const before = await reported();
    const { token } = await begin();
    expect((await endSession(node.publicUrl, keys.reporting, token, firefoxOnWindows)).status).toBe(204);
    expect(await reported()).toBe(before + 1);
  });

  it('ten in one session end nothing', async () => {
    let { token } = await begin();
    for (let count = 0; count < 10; count += 1) token = (await refresh(token, firefoxOnWindows)).body.token;
    expect((await refresh(token)).status).toBe(200);
  });

  it('softens no check of token, deployment, origin, signals that are missing, or generation', async () => {
    const { token } = await begin();
    expectRefusal(await refresh(`${token}x`, firefoxOnWindows), 'invalid_token', node.publicUrl, notValid);
    const elsewhere = await refreshToken(node.publicUrl, keys.elsewhere, token, firefoxOnWindows);
    expectRefusal(elsewhere, 'invalid_token', node.publicUrl, notValid);
    const foreign = await refreshToken(node.publicUrl, keys.restricted, token, firefoxOnWindows);
    expectRefusal(foreign, 'origin_not_allowed', node.publicUrl);
    expectRefusal(await refresh(token, {}), 'fingerprint_generation_failed', node.publicUrl);

    const next = (await refresh(token)).body.token;
    const latest = (await refresh(next)).body.token;
    node.clock.advance(11_000);
    expectRefusal(await refresh(token, firefoxOnWindows), 'invalid_token', node.publicUrl, notValid);
    expectRefusal(await refresh(latest), 'invalid_token', node.publicUrl, notValid);
  });

  it('softens no check of a key', async () => {
    const visitor = await createProofHolder(node.publicUrl);
    const { body } = await visitor.post(paths.create, { deploymentKey: keys.reporting });
    expectRefusal(await refresh(body.token, firefoxOnWindows), 'invalid_dpop_proof', node.publicUrl, notValid);
    const fields = { deploymentKey: keys.reporting, token: body.token };
    expect((await visitor.post(paths.refresh, fields, firefoxOnWindows)).status).toBe(200);
  });

  it('gives nobody an identity: Init in another browser begins a new session', async () => {
    const { token, identity } = await begin();
    const { body, status } = await init(node.publicUrl, keys.reporting, { token, identity }, firefoxOnWindows);
    expect(status).toBe(201);
    expect(body.identity).not.toBe(identity);
  });
});

describe('when it bites, and the flag goes on', () => {
  let drifted: unknown;
  let unbound: readonly unknown[];
  beforeAll(async () => {
    drifted = (await refresh((await begin()).token, firefoxOnWindows)).body.token;
    unbound = [(await begin(keys.late)).token, (await begin(keys.late)).token];
    await node.restart(biting.declaration);
  });

  it('a session that was let through is still bound to the browser that it began in', async () => {
    expectRefusal(await refresh(drifted, firefoxOnWindows), 'invalid_fingerprint', node.publicUrl, notValid);
    expect((await refresh(drifted)).status).toBe(200);
  });

  it('a session that began without signals is bound by its next refresh, or Init, and counted once', async () => {
    const boundLate = () => readCounter(node.adminUrl, 'gangway_sessions_bound_late_total', deploymentSids.late);
    const [first, second] = unbound;
    expect(await boundLate()).toBe(0);
    const { body } = await refreshToken(node.publicUrl, keys.late, first);
    expect(await boundLate()).toBe(1);
    const refused = await refreshToken(node.publicUrl, keys.late, body.token, firefoxOnWindows);
    expectRefusal(refused, 'invalid_fingerprint', node.publicUrl, notValid);
    expect((await refreshToken(node.publicUrl, keys.late, body.token)).status).toBe(200);
    expect(await boundLate()).toBe(1);

    const identity = (await refreshToken(node.publicUrl, keys.late, second)).body.identity;
    expect(await boundLate()).toBe(2);
    const taken = await init(node.publicUrl, keys.late, { token: second, identity });
    expect(taken.body.identity).toBe(identity);
    expect(await boundLate()).toBe(3);
  });
});
