// Keys are made once, kept where they cannot be copied, and used as RFC 9449 wants it.

import type { KeyPair } from 'dpop';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GangwayError } from './gangway-error.ts';
import { createProofKeys, type KeyNumber, type ProofKeys } from './proof-keys.ts';
import type { SessionOptions } from './session.ts';
import { fakeBrowser } from './testing/fake-browser.ts';
import { manualClock, settle } from './testing/manual-clock.ts';
import { refusalAnswer, scriptedFetch, tokenAnswer } from './testing/scripted-fetch.ts';

function memoryKeys() {
  const kept = new Map<number, KeyPair>();
  return {
    kept,
    get: async (key: number) => kept.get(key),
    put: async (key: number, pair: KeyPair) => void kept.set(key, pair),
    delete: async (key: number) => void kept.delete(key),
  };
}

/** Begins a session with a new key, where a nonce is asked for: gives the number of the key. */
async function begin(keys: ProofKeys, lasting = true): Promise<number> {
  const send = vi
    .fn()
    .mockResolvedValueOnce(refusalAnswer('use_dpop_nonce', 401, { 'dpop-nonce': 'n0' }))
    .mockResolvedValue(new Response());
  const { key } = await keys.begin(lasting, async (number) => {
    await keys.present(number, { method: 'POST', url: 'https://edge.example/' }, send);
    return { key: number };
  });
  return key ?? expect.fail('the session is bound to no key');
}

const url = 'https://chat.example/v2/Webchat/Token?x=1#y';
const partsOf = (proof: string | undefined) =>
  (proof ?? '')
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));

afterEach(() => void vi.unstubAllGlobals());

describe('keys', () => {
  it('are of P-256, cannot be exported, and are kept', async () => {
    const store = memoryKeys();
    const key = await begin(createProofKeys(manualClock(), store));
    const { privateKey, publicKey } = store.kept.get(key) ?? expect.fail('nothing was kept');
    expect(privateKey).toMatchObject({ extractable: false, algorithm: { name: 'ECDSA', namedCurve: 'P-256' } });
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow();
    expect(await crypto.subtle.exportKey('jwk', publicKey)).toMatchObject({ crv: 'P-256' });
  });

  it('are read by another page of the same browser', async () => {
    const store = memoryKeys();
    const key = await begin(createProofKeys(manualClock(), store));
    const [header] = partsOf(await createProofKeys(manualClock(), store).prove(key, { method: 'GET', url }));
    const { publicKey } = store.kept.get(key) ?? expect.fail('nothing was kept');
    const { x } = await crypto.subtle.exportKey('jwk', publicKey);
    expect(header).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { x } });
  });

  it('that were lost are lost for good; a store that fails may come back', async () => {
    const store = memoryKeys();
    await expect(createProofKeys(manualClock(), store).prove(7, { method: 'GET', url })).rejects.toMatchObject({
      code: 'proof_key_lost',
      final: true,
    });
    const failing = { ...store, get: () => Promise.reject(new Error('broken')) };
    await expect(createProofKeys(manualClock(), failing).prove(7, { method: 'GET', url })).rejects.toMatchObject({
      code: 'proof_unavailable',
      final: false,
      message: expect.stringContaining('broken'),
    });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('it is blocked')), 'it is blocked'],
    ['never answers', () => new Promise<never>(() => {}), 'IndexedDB does not answer'],
  ])('cannot be had where the store %s, unless the session has no longer life than the page', async (_how, put, why) => {
    const clock = manualClock();
    const keys = createProofKeys(clock, { ...memoryKeys(), put });
    const refused = async (number: KeyNumber) => {
      expect(number).toBeUndefined();
      throw new GangwayError('invalid_dpop_proof', 'A proof is missing.', { status: 401 });
    };
    const lasting = keys.begin(true, refused).catch((error: unknown) => error);
    const brief = begin(keys, false);
    let answered = false;
    void Promise.all([lasting, brief]).then(() => {
      answered = true;
    });
    while (!answered) await clock.advance(2000);
    expect(await lasting).toMatchObject({ code: 'proof_unavailable', status: 401, message: expect.stringContaining(why) });
    expect(await keys.prove(await brief, { method: 'GET', url })).toBeDefined();
  });

  it('cannot be had on a page without https', async () => {
    vi.stubGlobal('crypto', {});
    const refused = () => Promise.reject(new GangwayError('invalid_dpop_proof', 'A proof is missing.'));
    await expect(createProofKeys(manualClock(), memoryKeys()).begin(false, refused)).rejects.toMatchObject({
      code: 'proof_unavailable',
      message: expect.stringContaining('https'),
    });
  });
});

describe('a proof', () => {
  it('names method, address without query, nonce and token; none of them where there is none', async () => {
    const keys = createProofKeys(manualClock(), memoryKeys());
    const key = await begin(keys);
    const [, bare] = partsOf(await keys.prove(key, { method: 'POST', url }));
    expect(bare).toMatchObject({ htm: 'POST', htu: 'https://chat.example/v2/Webchat/Token' });
    expect(Object.keys(bare)).toEqual(expect.not.arrayContaining(['nonce', 'ath']));
    const [, full] = partsOf(await keys.prove(key, { method: 'GET', url, token: 'abc' }, 'n1'));
    expect(full).toMatchObject({ htm: 'GET', nonce: 'n1', ath: 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0' });
    expect(full.jti).not.toBe(bare.jti);
    expect(await keys.prove(undefined, { method: 'GET', url })).toBeUndefined();
  });

  it('is made once more where a nonce is asked for, and with the last nonce of the origin from then on', async () => {
    const keys = createProofKeys(manualClock(), memoryKeys());
    const key = await begin(keys);
    const nonces: unknown[] = [];
    const answers = [
      refusalAnswer('use_dpop_nonce', 401, { 'dpop-nonce': 'n1', 'www-authenticate': 'DPoP error="use_dpop_nonce"' }),
      new Response('', { headers: { 'dpop-nonce': 'n2' } }),
      new Response(''),
      new Response(''),
    ];
    for (const address of ['https://api.example/a', 'https://api.example/b', 'https://other.example/']) {
      await keys.present(key, { method: 'GET', url: address, token: 't' }, async ({ dpop }) => {
        nonces.push(partsOf(dpop)[1].nonce);
        return answers[nonces.length - 1] ?? expect.fail('asked too often');
      });
    }
    expect(nonces).toEqual([undefined, 'n1', 'n2', undefined]);
  });

  it('is repeated once, not for ever, and not where the nonce is hidden', async () => {
    const keys = createProofKeys(manualClock(), memoryKeys());
    const key = await begin(keys);
    for (const [headers, times] of [
      [{ 'dpop-nonce': 'n' }, 2],
      [{}, 1],
    ] as const) {
      const send = vi.fn(async () => refusalAnswer('use_dpop_nonce', 401, headers));
      expect((await keys.present(key, { method: 'GET', url, token: 't' }, send)).status).toBe(401);
      expect(send).toHaveBeenCalledTimes(times);
    }
  });
});

describe('a session with a key', () => {
  const nonceWanted = () =>
    refusalAnswer('use_dpop_nonce', 401, { 'dpop-nonce': 'n1', 'www-authenticate': 'DPoP error="use_dpop_nonce"' });
  function browse(store = memoryKeys()) {
    const server = scriptedFetch();
    const browser = fakeBrowser(server.fetch);
    const open = (options: Partial<SessionOptions> = {}) =>
      browser.open({ ...options, keys: createProofKeys(browser.clock, store) });
    const proofs = () => server.seen.map(({ headers }) => partsOf(headers.get('dpop') ?? undefined)[1]);
    return { server, browser, open, store, proofs };
  }

  it('is bound where the deployment asks for the nonce of its proof; refresh and end carry proofs of the token', async () => {
    const { server, open, store, proofs } = browse();
    const { session } = open();
    server.answer(nonceWanted(), tokenAnswer('one'), tokenAnswer('two'), new Response(null, { status: 204 }));
    await session.getToken();
    expect(session.state.bound).toBe(true);
    expect(store.kept.size).toBe(1);
    await session.refresh();
    await session.end();
    expect(proofs().map(({ nonce, ath }) => [nonce, ath !== undefined])).toEqual([
      [undefined, false],
      ['n1', false],
      ['n1', true],
      ['n1', true],
    ]);
    await settle();
    expect(store.kept.size).toBe(0);
  });

  it('is not bound where the deployment does not look, and keeps no key', async () => {
    const { server, open, store } = browse();
    const { session } = open();
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    expect([session.state.bound, store.kept.size]).toEqual([false, 0]);
    await session.refresh();
    expect(server.seen[1]?.headers.has('dpop')).toBe(false);
    expect((await session.present('wss://chat.example/socket')).proof).toBeUndefined();
  });

  it('has one key for two tabs that begin at once', async () => {
    const { server, open, store } = browse();
    server.answer(nonceWanted(), tokenAnswer('one'));
    expect(await Promise.all([open().session.getToken(), open().session.getToken()])).toEqual(['one', 'one']);
    expect([store.kept.size, server.seen.length]).toEqual([1, 2]);
  });

  it('forgets the key with the session, and makes another for the next', async () => {
    const { server, open, store } = browse();
    const { session } = open();
    server.answer(nonceWanted(), tokenAnswer('one'), nonceWanted(), tokenAnswer('two', 1800, 'another'));
    await session.getToken();
    const [first] = store.kept.keys();
    await session.startAnew();
    await settle();
    expect([...store.kept.keys()]).toEqual([expect.any(Number)]);
    expect(store.kept.has(first ?? 0)).toBe(false);
  });

  it('is over when its key is gone, and says so', async () => {
    const { server, open, store, browser } = browse();
    const first = open();
    server.answer(nonceWanted(), tokenAnswer('one'), nonceWanted(), tokenAnswer('two', 1800, 'another'));
    await first.session.getToken();
    browser.close(first);
    store.kept.clear();
    const { session } = open();
    await expect(session.refresh()).rejects.toMatchObject({ code: 'proof_key_lost' });
    expect(session.state.status).toBe('ended');
    await session.startAnew();
    expect(session.identity).toBe('another');
  });

  it('tries again by itself where the key cannot be read at this moment', async () => {
    const { server, open, store, browser } = browse();
    const first = open();
    server.answer(nonceWanted(), tokenAnswer('one'), tokenAnswer('two'));
    await first.session.getToken();
    browser.close(first);
    const { get } = store;
    store.get = () => Promise.reject(new Error('Connection to Indexed Database server lost'));
    const { session } = open();
    await expect(session.refresh()).rejects.toMatchObject({ code: 'proof_unavailable', passing: true });
    expect(session.state.status).toBe('waiting');
    store.get = get;
    await browser.clock.advance(2000);
    while (server.seen.length < 3) await settle();
    await settle();
    expect(await session.getToken()).toBe('two');
  });

  it('goes on without a key where the browser keeps none, unless the deployment requires one: then it says why', async () => {
    const blocked = { ...memoryKeys(), put: () => Promise.reject(new Error('IndexedDB is blocked')) };
    const { server, open } = browse(blocked);
    server.answer(tokenAnswer('one'));
    expect(await open().session.getToken()).toBe('one');
    expect(server.seen[0]?.headers.has('dpop')).toBe(false);

    const strict = browse(blocked);
    strict.server.answer(refusalAnswer('invalid_dpop_proof', 401));
    const { session } = strict.open();
    await expect(session.getToken()).rejects.toMatchObject({
      code: 'proof_unavailable',
      status: 401,
      message: expect.stringMatching(/requires a proof.*IndexedDB is blocked/),
    });
    expect(session.state.status).toBe('refused');
  });

  it('shows a proof for the opening of a WebSocket, with the nonce that it was given', async () => {
    const { server, open } = browse();
    const { session } = open();
    server.answer(nonceWanted(), tokenAnswer('one'));
    const { token, proof } = await session.present('wss://api.example/chat?room=1', { nonce: 'of the socket' });
    expect(token).toBe('one');
    expect(partsOf(proof)[1]).toMatchObject({
      htm: 'GET',
      htu: 'https://api.example/chat',
      nonce: 'of the socket',
      ath: expect.any(String),
    });
  });
});
