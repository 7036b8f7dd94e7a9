// What is drawn of a token that the chat checked: who asked whom, and what came of it; nothing of the token, the proof or the
// visitor.

import type { Verdict, Verifier, Visitor } from '@gangway/verify';
import { afterEach, expect, it, vi } from 'vitest';
import { createTraceStore } from '../platform/trace-store.ts';
import type { DrawnMessage } from './drawn-message.ts';
import { presentationId, tracedVerifier } from './traced-verifier.ts';

const secrets = { token: 'canary-token', proof: 'canary-proof', identity: 'canary-identity', credential: 'canary-credential' };
const presented = { token: secrets.token, proof: secrets.proof, method: 'GET', url: 'ws://localhost/demo/chat' };
const visitor = { authorized: true, identity: secrets.identity, proofChecked: true } as Visitor;

afterEach(() => vi.unstubAllGlobals());

function setUp(verdict: Verdict, asks = true) {
  const traces = createTraceStore<DrawnMessage>();
  const revoke: (() => void)[] = [];
  vi.stubGlobal('fetch', async () => Response.json({ active: true, sub: secrets.identity, iss: 'gangway' }));
  const verifier = tracedVerifier((fetch) => {
    const ask = () =>
      fetch('http://localhost:4002/v1/ScopedAuthTokens/introspect?x=canary', {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.credential}` },
        body: new URLSearchParams({ token: secrets.token }),
      });
    const inner: Partial<Verifier> = {
      verifyPresented: async () => {
        if (asks) await ask();
        return verdict;
      },
      onRevoked: (_visitor, listener) => {
        revoke.push(listener);
        return () => {};
      },
    };
    return inner as Verifier;
  }, traces);
  return { traces, verifier, revoke, ask: () => traces.find(presentationId(presented)) ?? [] };
}

const drawn = (messages: readonly DrawnMessage[]) =>
  messages.map(({ from, to, label, fields }) => `${from} > ${to} ${label} ${JSON.stringify(fields)}`.replaceAll('"', ''));

it('a visitor who is let in, and then revoked', async () => {
  const { traces, verifier, revoke, ask } = setUp(visitor);
  expect(await verifier.verifyPresented(presented)).toBe(visitor);
  expect(drawn(ask())).toEqual([
    'customer > backend WebSocket frame {token:…,proof:…}',
    'backend > scoped-auth POST /v1/ScopedAuthTokens/introspect {token:…}',
    'scoped-auth > backend  {active:true,sub:…,iss:…}',
    'backend > backend The proof fits key, address, nonce and token, and is new {}',
    'backend > customer  {authorized:true,identity:…}',
  ]);

  let heard = 0;
  verifier.onRevoked(visitor, () => {
    heard += 1;
  });
  const endingId = `${presentationId(presented)}-end`;
  expect(traces.find(endingId)).toBeUndefined();
  for (const tell of revoke) tell();
  expect(heard).toBe(1);
  expect(drawn(traces.find(endingId) ?? []).at(-1)).toBe('backend > customer  {status:4401,code:revoked}');
});

it('a visitor whose token is known asks nobody, and one who is refused hears the code', async () => {
  const known = setUp({ ...visitor, proofChecked: false }, false);
  await known.verifier.verifyPresented(presented);
  expect(drawn(known.ask())).toHaveLength(3);

  const refusal: Verdict = { authorized: false, code: 'invalid_dpop_proof', message: 'm', status: 401, headers: {} };
  const refused = setUp(refusal);
  await refused.verifier.verifyPresented(presented);
  expect(drawn(refused.ask()).at(-1)).toBe('backend > customer  {status:4401,code:invalid_dpop_proof}');
  const unjudged = setUp({ ...refusal, code: 'upstream_unavailable', status: 503 });
  await unjudged.verifier.verifyPresented(presented);
  expect(drawn(unjudged.ask()).at(-1)).toBe('backend > customer  {status:1013,code:upstream_unavailable}');
  const stale = setUp({ ...refusal, code: 'use_dpop_nonce' });
  await stale.verifier.verifyPresented(presented);
  expect(drawn(stale.ask()).at(-1)).toBe('backend > customer  {nonce:…}');
});

it('holds nothing of a token, a proof, a credential or a visitor, and its id leads back to none', async () => {
  const { verifier, ask } = setUp(visitor);
  await verifier.verifyPresented(presented);
  expect(ask().length).toBeGreaterThan(3);
  expect(JSON.stringify(ask()) + presentationId(presented)).not.toContain('canary');
  expect(presentationId(presented)).toMatch(/^[0-9a-f]{32}$/);
  expect(presentationId({ token: secrets.token })).not.toBe(presentationId(presented));
});
