// The token goes where the page says and nowhere else, and a request is repeated when that helps, once.

import { expect, it, vi } from 'vitest';
import type { ProofKeys } from './proof-keys.ts';
import { createSessionFetch } from './session-fetch.ts';
import { noKeys } from './testing/fake-browser.ts';

const api = 'https://api.chat.example';

function begin(...answers: readonly Response[]) {
  const sent: Request[] = [];
  const bodies: string[] = [];
  const tokens = ['one', 'two', 'three'];
  const usable = vi.fn(async (not?: string) => {
    if (not !== undefined) tokens.shift();
    return { token: tokens[0] ?? '', key: undefined as number | undefined, ageMs: 60_000 };
  });
  const send: typeof fetch = async (input) => {
    const request = input as Request;
    sent.push(request);
    bodies.push(await request.text());
    return answers[sent.length - 1] ?? new Response('ok');
  };
  const make = (keys: ProofKeys = noKeys) => createSessionFetch({ send, tokenOrigins: [api], usable: usable as never, keys });
  return { sent, bodies, usable, make, fetch: make() };
}

const invalid = (headers: HeadersInit = { 'www-authenticate': 'Bearer error="invalid_token"' }, body: object = {}) =>
  Response.json(body, { status: 401, headers });

it.each([
  'https://evil.example/',
  'http://api.chat.example/',
  'https://api.chat.example:8443/',
  'https://api.chat.example.evil.example/',
  'https://evil.example/https://api.chat.example/',
  'data:text/plain,hello',
  'blob:null/1',
])('sends nothing to %s, and says so', async (url) => {
  const { fetch, sent, usable } = begin();
  await expect(fetch(url)).rejects.toMatchObject({ name: 'GangwayError', code: 'token_origin_not_allowed' });
  await expect(fetch(new Request(url))).rejects.toMatchObject({ code: 'token_origin_not_allowed' });
  expect([sent.length, usable.mock.calls.length]).toEqual([0, 0]);
});

it('sends nothing without CORS, where the browser would leave the token out', async () => {
  const { fetch, sent } = begin();
  await expect(fetch(`${api}/x`, { mode: 'no-cors' })).rejects.toMatchObject({ code: 'token_origin_not_allowed' });
  expect(sent).toHaveLength(0);
});

it('adds the token to what the page asked for, and leaves the rest as it is', async () => {
  const { fetch, sent, bodies } = begin();
  const response = await fetch(`${api}/messages?room=1`, {
    method: 'POST',
    body: 'hello',
    headers: { 'x-room': '1', authorization: 'Basic x' },
  });
  expect(await response.text()).toBe('ok');
  expect(sent[0]?.url).toBe(`${api}/messages?room=1`);
  expect([sent[0]?.method, sent[0]?.headers.get('x-room'), bodies[0]]).toEqual(['POST', '1', 'hello']);
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer one');
  expect(sent[0]?.headers.has('dpop')).toBe(false);
});

it('follows no redirect, for the token must not follow to another address; who handles them himself may', async () => {
  const { fetch, sent } = begin();
  await fetch(`${api}/x`);
  await fetch(`${api}/x`, { redirect: 'manual' });
  expect(sent.map(({ redirect }) => redirect)).toEqual(['error', 'manual']);
});

it('says no more of the page to whom it asks than the page wanted', async () => {
  const { fetch, sent } = begin();
  await fetch(`${api}/x`, { referrerPolicy: 'no-referrer' });
  await fetch(new Request(`${api}/x`, { referrerPolicy: 'origin', referrer: '' }));
  expect(sent.map(({ referrerPolicy, referrer }) => [referrerPolicy, referrer])).toEqual([
    ['no-referrer', 'about:client'],
    ['origin', ''],
  ]);
});

it('is aborted when the caller says so, with his reason: before it asks for a token, while that comes, and on the way', async () => {
  const { make, sent, usable } = begin();
  const reason = new Error('the visitor went away');
  await expect(make()(`${api}/x`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(usable).not.toHaveBeenCalled();

  usable.mockReturnValueOnce(new Promise(() => {}));
  const waiting = new AbortController();
  const asked = make()(`${api}/x`, { signal: waiting.signal });
  waiting.abort(reason);
  await expect(asked).rejects.toBe(reason);
  expect(sent).toHaveLength(0);

  const late = new AbortController();
  await make()(`${api}/x`, { signal: late.signal });
  late.abort(reason);
  expect(sent[0]?.signal).toMatchObject({ aborted: true, reason });
});

it.each([
  ['its challenge', invalid()],
  ['the challenge of DPoP', invalid({ 'www-authenticate': 'DPoP algs="ES256", error="invalid_token"' })],
  ['its body', invalid({}, { code: 'invalid_token' })],
])(
  'repeats once with a new token where the backend says in %s that this one is invalid, body and all',
  async (_where, answer) => {
    const { fetch, sent, bodies, usable } = begin(answer);
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('streamed'));
        stream.close();
      },
    });
    const response = await fetch(`${api}/x`, { method: 'PUT', body, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(200);
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer one', 'Bearer two']);
    expect(bodies).toEqual(['streamed', 'streamed']);
    expect(usable).toHaveBeenLastCalledWith('one');
  },
);

it('repeats no more than once, and hands the answer on, unread', async () => {
  const { fetch, sent } = begin(invalid({}, { code: 'invalid_token' }), invalid({}, { code: 'invalid_token' }), invalid());
  const response = await fetch(`${api}/x`);
  expect([response.status, sent.length]).toEqual([401, 2]);
  expect(await response.json()).toEqual({ code: 'invalid_token' });
});

it.each([
  ['another reason', invalid({ 'www-authenticate': 'Bearer error="insufficient_scope"' })],
  ['no reason', new Response('', { status: 401 })],
  ['a refusal', Response.json({ code: 'invalid_token' }, { status: 403 })],
])('does not repeat at %s', async (_what, answer) => {
  const { fetch, sent } = begin(answer);
  await fetch(`${api}/x`);
  expect(sent).toHaveLength(1);
});

it('asks for no new token where this one has just come: a backend that refuses all makes no storm', async () => {
  const { make, sent, usable } = begin(invalid());
  usable.mockResolvedValue({ token: 'fresh', key: undefined, ageMs: 500 });
  expect((await make()(`${api}/x`)).status).toBe(401);
  expect(sent).toHaveLength(1);
});

it('shows a bound token with its proof, under the scheme of the proof', async () => {
  const { make, sent, usable } = begin();
  usable.mockResolvedValue({ token: 'bound', key: 7, ageMs: 60_000 });
  const asked: unknown[] = [];
  const keys: ProofKeys = {
    ...noKeys,
    present: async (key, request, send) => {
      asked.push([key, request]);
      return send({ dpop: 'a proof' });
    },
  };
  await make(keys)(`${api}/x?y=1`, { method: 'DELETE' });
  expect(asked).toEqual([[7, { method: 'DELETE', url: `${api}/x?y=1`, token: 'bound' }]]);
  expect(sent[0]?.headers.get('authorization')).toBe('DPoP bound');
  expect(sent[0]?.headers.get('dpop')).toBe('a proof');
});
