// The SDK against a real node, under each policy of proofs: it begins, refreshes, shows its token to a backend and ends.

import type { KeyPair } from 'dpop';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWebchatSession } from '../../packages/sdk/src/index.ts';
import { createWebchatSession as createWithoutProof } from '../../packages/sdk/src/without-proof.ts';
import { declare } from '../topology/declare.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { validate } from '../topology/visitor-session.ts';

const { declaration, keys } = declare({
  off: { proofOfPossession: 'off' },
  optional: { proofOfPossession: 'optional' },
  required: { proofOfPossession: 'required' },
  restricted: { allowedOrigins: ['https://www.owlbikes.example'] },
});
type Policy = keyof typeof keys;

let node: NodeInProcess;
beforeAll(async () => {
  node = await startNodeInProcess(declaration);
});
afterAll(() => node.close());

const signals = (loginTimestamp: string) => ({
  'x-webchat-sec-usersettings': '{"language":"en","cookieEnabled":true,"userTimezone":0}',
  'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp }),
  'x-webchat-sec-decoders': '{"audio":{},"video":{}}',
});

/** A browser whose storage and keys are those of this test. */
function browser(policy: Policy) {
  const [items, kept] = [new Map<string, string>(), new Map<number, KeyPair>()];
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  const store = {
    get: async (key: number) => kept.get(key),
    put: async (key: number, pair: KeyPair) => void kept.set(key, pair),
    delete: async (key: number) => void kept.delete(key),
  };
  const options = { url: node.publicUrl, deploymentKey: keys[policy], signals, storage, locks: null };
  const open = () => {
    const session = createWebchatSession({ ...options, keys: store, tokenOrigins: ['https://api.chat.example'] });
    return session;
  };
  return { open, options, kept, items };
}

/** What a backend at that address asks Scoped Auth of a request. */
const backend = (token: string, proof: string | undefined) =>
  validate(node, { token, ...(proof === undefined ? {} : { proof, htm: 'GET', htu: ['https://api.chat.example/socket'] }) });

describe.each([
  ['off', false],
  ['optional', true],
  ['required', true],
] as const)('proofOfPossession %s:', (policy, bound) => {
  it('begins, refreshes, is taken up by another page, and ends', async () => {
    const { open, kept } = browser(policy);
    const session = open();
    const first = await session.getToken();
    const { identity } = session;
    expect(session.state).toMatchObject({ status: 'active', bound });
    expect(kept.size).toBe(bound ? 1 : 0);

    await session.refresh();
    const second = await session.getToken();
    expect(second).not.toBe(first);
    session.close();

    const again = open();
    expect(again.identity).toBe(identity);
    await again.refresh();
    expect([again.identity, (await again.getToken()) === second]).toEqual([identity, false]);

    const last = await again.getToken();
    await again.end();
    expect(kept.size).toBe(0);
    expect((await backend(last, undefined)).authorized).toBe(false);
    await expect(again.getToken()).rejects.toMatchObject({ code: 'session_ended' });
    await again.startAnew();
    expect(again.identity).not.toBe(identity);
    again.close();
  });

  it('shows a token that a backend takes, after it told the nonce that it wants', async () => {
    const session = browser(policy).open();
    const without = await session.present('wss://api.chat.example/socket');
    const verdict = await backend(without.token, without.proof);
    if (!bound) {
      expect([without.proof, verdict.authorized]).toEqual([undefined, true]);
    } else {
      expect(verdict).toMatchObject({ authorized: false, message: 'proof_nonce_required', dpopNonce: expect.any(String) });
      const { token, proof } = await session.present('wss://api.chat.example/socket', { nonce: String(verdict.dpopNonce) });
      expect(await backend(token, proof)).toMatchObject({ authorized: true, proofChecked: true });
      expect((await backend(token, undefined)).authorized).toBe(false);
    }
    session.close();
  });

  it('the build without proofs: works, or says that the deployment requires one', async () => {
    const session = createWithoutProof(browser(policy).options);
    if (policy === 'required') {
      await expect(session.getToken()).rejects.toMatchObject({ code: 'proof_unavailable', status: 401 });
    } else {
      await session.getToken();
      await session.refresh();
      expect(session.state).toMatchObject({ status: 'active', bound: false });
    }
    session.close();
  });
});

it('a page of an origin that the deployment does not let in learns it, and what to do', async () => {
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { options } = browser('restricted');
  const session = createWebchatSession({
    ...options,
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, origin: 'https://evil.example' } }),
  });
  await expect(session.getToken()).rejects.toMatchObject({ code: 'origin_not_allowed', status: 403 });
  expect(report).toHaveBeenCalledTimes(1);
  expect(String(report.mock.calls[0])).toContain('https://evil.example');
  session.close();
  report.mockRestore();
});
