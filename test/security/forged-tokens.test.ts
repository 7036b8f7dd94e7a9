// No token that was not made here, unaltered, is accepted: neither by the edge, which refreshes and ends sessions and hears
// wishes for identities, nor by validation.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { ask, createToken, refreshToken } from '../topology/visitor.ts';
import { endSession, init, validate } from '../topology/visitor-session.ts';
import { forgeries, type Loot } from './forged-tokens.ts';

const { declaration, keys } = declare({ encrypted: {}, signed: { encrypt: false } });
let node: NodeInProcess;
let loot: Loot;
let identity: unknown;

beforeAll(async () => {
  node = await startNodeInProcess(declaration);
  const made = async (key: string) => (await createToken(node.publicUrl, key)).body;
  const encrypted = await made(keys.encrypted);
  identity = encrypted.identity;
  loot = {
    encrypted: String(encrypted.token),
    signed: String((await made(keys.signed)).token),
    jwks: JSON.parse((await ask(node.publicUrl, '/.well-known/jwks.json', { method: 'GET' })).text),
  };
});
afterAll(() => node.close());

/** Shows a token to everything that takes one; gives where it was accepted. */
async function acceptedBy(token: string): Promise<readonly string[]> {
  const { publicUrl } = node;
  const key = token.startsWith(loot.signed.slice(0, 10)) ? keys.signed : keys.encrypted;
  const [refreshed, ended, wished, validated] = await Promise.all([
    refreshToken(publicUrl, key, token),
    endSession(publicUrl, key, token),
    init(publicUrl, key, { token, identity }),
    validate(node, { token }),
  ]);
  expect([400, 401]).toContain(refreshed.status);
  expect(refreshed.body).toMatchObject(
    refreshed.status === 401 ? { code: 'invalid_token', valid: false } : { code: 'invalid_request' },
  );
  return [
    ...(refreshed.status === 200 ? ['refresh'] : []),
    ...(ended.status === 204 ? ['end'] : []),
    ...(wished.body.identity === identity ? ['init'] : []),
    ...(validated.authorized === true ? ['validate'] : []),
  ];
}

it('tokens of another algorithm, type or key are refused everywhere, and the real ones still count', async () => {
  const all = forgeries(loot);
  expect(all.length).toBeGreaterThan(150);
  const accepted: unknown[] = [];
  for (const [trick, token] of all) {
    const where = await acceptedBy(token);
    if (where.length > 0) accepted.push([trick, where]);
  }
  expect(accepted).toEqual([]);
  for (const token of [loot.encrypted, loot.signed]) expect(await validate(node, { token })).toMatchObject({ authorized: true });
});

it('tokens that were altered anywhere are refused everywhere', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  const character = fc.oneof(fc.constantFrom(...alphabet), fc.constantFrom('=', '+', '/', ' ', '\n', '\u0000', '%', '\u00e9'));
  const change = fc.constantFrom('replace', 'insert', 'remove', 'swap', 'repeat', 'cut', 'case');
  const altered = fc
    .record({ which: fc.boolean(), at: fc.double({ min: 0, max: 0.999, noNaN: true }), change, character })
    .map(({ which, at, change: how, character: other }) => {
      const token = which ? loot.encrypted : loot.signed;
      const place = Math.floor(at * token.length);
      const [before, here, after] = [token.slice(0, place), token.charAt(place), token.slice(place + 1)];
      if (how === 'replace') return before + other + after;
      if (how === 'insert') return before + other + here + after;
      if (how === 'remove') return before + after;
      if (how === 'swap') return before + after.charAt(0) + here + after.slice(1);
      if (how === 'repeat') return token + token.slice(place);
      if (how === 'cut') return before;
      return before + (here === here.toLowerCase() ? here.toUpperCase() : here.toLowerCase()) + after;
    })
    .filter((token) => token !== loot.encrypted && token !== loot.signed);
  await fc.assert(
    fc.asyncProperty(altered, async (token) => {
      expect(await acceptedBy(token)).toEqual([]);
    }),
    { numRuns: 600 },
  );
  for (const token of [loot.encrypted, loot.signed]) expect(await validate(node, { token })).toMatchObject({ authorized: true });
});

it('a real token counts where it was made, and at no other deployment and no other node', async () => {
  const { publicUrl } = node;
  const { body } = await init(publicUrl, keys.encrypted, { token: loot.encrypted, identity });
  expect(body.identity).toBe(identity);
  expect((await refreshToken(publicUrl, keys.signed, loot.encrypted)).body.code).toBe('invalid_token');
  expect((await refreshToken(publicUrl, keys.encrypted, loot.signed)).body.code).toBe('invalid_token');
  const stranger = await startNodeInProcess(declaration);
  try {
    for (const [key, token] of [
      [keys.encrypted, loot.encrypted],
      [keys.signed, loot.signed],
    ] as const) {
      expect((await refreshToken(stranger.publicUrl, key, token)).body.code).toBe('invalid_token');
      expect(await validate(stranger, { token })).toMatchObject({ authorized: false, message: 'token_validation_failed' });
    }
  } finally {
    await stranger.close();
  }
});
