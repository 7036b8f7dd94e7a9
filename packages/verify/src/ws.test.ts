// A socket is held to its token: it comes first and in time, is renewed in place, and who is no visitor any more is told and
// closed.

import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { refuse, type Verdict, type Visitor } from './verdict.ts';
import { holdToToken, type SocketLike, type SocketOptions } from './ws.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: Partial<SocketOptions> = {}) {
  const visitor = (changes: Partial<Visitor> = {}): Visitor => ({
    ...{
      authorized: true,
      identity: 'an identity',
      account: 'AC',
      deployment: 'DP',
      grants: [],
      session: 'a session',
      sessionStartedAt: 0,
    },
    ...{ tokenId: 'a token', fingerprintChecked: false, proofChecked: true, expiration: 0, verifiedAt: Date.now() },
    ...{ expiresAt: Date.now() + 60_000, ...changes },
  });
  const state = {
    ...{ verdicts: [] as (Verdict | Promise<Verdict>)[], presented: [] as unknown[] },
    ...{ revoked: false, watchers: new Set<() => void>(), readyState: 1 },
  };
  let nonces = 0;
  const verifier = {
    nonce: () => `nonce ${++nonces}`,
    async verifyPresented(presented: unknown) {
      state.presented.push(presented);
      return state.verdicts.shift() ?? visitor();
    },
    isAlive: ({ expiresAt }: Visitor) => !state.revoked && Date.now() < expiresAt,
    onRevoked(_visitor: Visitor, listener: () => void) {
      state.watchers.add(listener);
      return () => state.watchers.delete(listener);
    },
  };
  const seen: unknown[] = [];
  const emitter = new EventEmitter();
  const socket: SocketLike = {
    get readyState() {
      return state.readyState;
    },
    on: (event: string, listener: (...args: never[]) => void) => emitter.on(event, listener as never),
    // Closing takes until the other side has answered, and frames come until then.
    close: (code, reason) => {
      state.readyState = 2;
      seen.push(['closed', code, reason]);
    },
  };
  holdToToken(
    verifier,
    socket,
    { url: '/chat?room=1', ...options },
    {
      hello: (nonce) => nonce === 'nonce 1' || seen.push(['hello', nonce]),
      message: (data, { identity }) => seen.push(['message', String(data), identity]),
      welcomed: () => seen.push('welcomed'),
      renewed: () => seen.push('renewed'),
      notRenewed: ({ code }) => seen.push(['not renewed', code]),
      refused: ({ code }) => seen.push(['refused', code]),
    },
  );
  const send = async (frame: unknown, isBinary = false) => {
    emitter.emit('message', Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)), isBinary);
    await vi.advanceTimersByTimeAsync(0);
  };
  const revoke = () => {
    state.revoked = true;
    for (const tell of [...state.watchers]) tell();
  };
  return { state, seen, send, revoke, visitor, emitter };
}

const presentation = { token: 'a token', proof: 'a proof' };
/** What is seen at the end of a socket. */
const over = (code: string, closeCode = 4401) => [
  ['refused', code],
  ['closed', closeCode, code],
];

describe('a socket', () => {
  test('whose first frame brings a token and proof is a visitor’s, and its messages are his', async () => {
    const { state, seen, send } = setUp();
    await send(presentation);
    await send('hello');
    await send({ text: 'no token in here' });
    expect(state.presented).toEqual([{ ...presentation, method: 'GET', url: '/chat?room=1' }]);
    expect(seen).toEqual([
      'welcomed',
      ['message', 'hello', 'an identity'],
      ['message', '{"text":"no token in here"}', 'an identity'],
    ]);
  });

  test.each([
    ['https://evil.example/chat?room=1', '/chat?room=1'],
    ['ws://evil.example', '/'],
    ['//evil.example/chat', '//evil.example/chat'],
    ['*', '/*'],
  ])('that was asked for as %s has a path by that, and never a host', async (url, path) => {
    const { state, send } = setUp({ url });
    await send(presentation);
    expect(state.presented).toEqual([{ ...presentation, method: 'GET', url: path }]);
  });

  test.each([undefined, 9000])('that brings no token in time is closed, and not sooner (%s)', async (firstFrameMs) => {
    const { seen } = setUp(firstFrameMs === undefined ? {} : { firstFrameMs });
    await vi.advanceTimersByTimeAsync((firstFrameMs ?? 5000) - 1);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toEqual(over('late'));
  });

  test.each([
    ['a message', 'hello'],
    ['a token that is no text', { token: 7 }],
    ['a proof that is no text', { token: 'a', proof: {} }],
    ['an endless frame', { token: 'x'.repeat(20_000) }],
    ['null', 'null'],
  ])('whose first frame is %s is closed, and nothing of it is verified', async (_what, frame) => {
    const { state, seen, send } = setUp();
    await send(frame);
    expect([seen, state.presented]).toEqual([over('malformed'), []]);
  });

  test('whose first frame is binary is closed', async () => {
    const { seen, send } = setUp();
    await send(presentation, true);
    expect(seen).toEqual(over('malformed'));
  });

  test('whose token is refused is closed with the code, and hears no more', async () => {
    const { state, seen, send } = setUp();
    state.verdicts.push(refuse('invalid_dpop_proof'));
    await send(presentation);
    await send('hello');
    await send(presentation);
    expect(seen).toEqual(over('invalid_dpop_proof'));
  });

  test('whose token is still being verified when its time is over is never welcomed', async () => {
    const { state, seen, send, visitor } = setUp();
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    state.verdicts.push(promise);
    await send(presentation);
    await vi.advanceTimersByTimeAsync(5000);
    resolve(visitor());
    await vi.advanceTimersByTimeAsync(0);
    expect([seen, state.watchers.size, vi.getTimerCount()]).toEqual([over('late'), 0, 0]);
  });

  test('whose proof lacks a nonce gets another, and is closed if no better one comes in time', async () => {
    const { state, seen, send } = setUp();
    state.verdicts.push(refuse('use_dpop_nonce'));
    await send(presentation);
    await send(presentation);
    expect(seen).toEqual([['hello', 'nonce 2'], 'welcomed']);

    const late = setUp();
    late.state.verdicts.push(refuse('use_dpop_nonce'), refuse('use_dpop_nonce'));
    await vi.advanceTimersByTimeAsync(4000);
    await late.send(presentation);
    await late.send(presentation);
    await vi.advanceTimersByTimeAsync(1000);
    expect(late.seen).toEqual([['hello', 'nonce 2'], ['hello', 'nonce 3'], ...over('late')]);
  });

  test('whose first token cannot be judged may try again later', async () => {
    const { state, seen, send } = setUp();
    state.verdicts.push(refuse('upstream_unavailable'));
    await send(presentation);
    expect(seen).toEqual(over('upstream_unavailable', 1013));
  });

  test('whose visitor the judge refuses is closed, and so is one that he refuses at a renewal', async () => {
    const judge = ({ grants }: Visitor) => (grants.length > 0 ? undefined : { code: 'not_granted', message: 'No chat.' });
    const stranger = setUp({ judge });
    await stranger.send(presentation);
    expect(stranger.seen).toEqual(over('not_granted'));

    const { state, seen, send, visitor } = setUp({ judge });
    state.verdicts.push(visitor({ grants: [{ grant: 'chat' }] }), visitor());
    await send(presentation);
    await send(presentation);
    expect(seen).toEqual(['welcomed', ...over('not_granted')]);
  });

  test('whose session is revoked is told and closed at once', async () => {
    const { seen, send, revoke, state } = setUp();
    await send(presentation);
    revoke();
    expect(seen).toEqual(['welcomed', ...over('revoked')]);
    expect(state.watchers.size).toBe(0);
  });

  test('whose session was revoked while its token was verified is never welcomed', async () => {
    const { seen, send, state } = setUp();
    state.revoked = true;
    await send(presentation);
    expect([seen, state.watchers.size, vi.getTimerCount()]).toEqual([over('revoked'), 0, 0]);
  });

  test('that says something after its session was revoked is not heard, told or not', async () => {
    const { seen, send, state } = setUp();
    await send(presentation);
    state.revoked = true;
    await send('one more');
    expect(seen).toEqual(['welcomed', ...over('revoked')]);
  });

  test('whose token expires is closed then, unless it was renewed', async () => {
    const { seen, send } = setUp();
    await send(presentation);
    await vi.advanceTimersByTimeAsync(50_000);
    await send(presentation);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(seen).toEqual(['welcomed', 'renewed']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.slice(2)).toEqual(over('expired'));
  });

  test('is told that its token has expired, though the clock of the service is ahead by a little', async () => {
    const { seen, send, state } = setUp();
    await send(presentation);
    await vi.advanceTimersByTimeAsync(59_500);
    state.revoked = true;
    await send('hello');
    expect(seen).toEqual(['welcomed', ...over('expired')]);
  });

  test('that renews with another session, or another identity, is closed', async () => {
    for (const changes of [{ session: 'another' }, { identity: 'another' }]) {
      const { state, seen, send, visitor } = setUp();
      state.verdicts.push(visitor(), visitor(changes));
      await send(presentation);
      await send(presentation);
      expect(seen).toEqual(['welcomed', ...over('other_session')]);
    }
  });

  test('goes on with the token it has where a later one could not be judged, or lacked a nonce', async () => {
    const { state, seen, send, visitor } = setUp();
    state.verdicts.push(visitor(), refuse('upstream_unavailable'), refuse('use_dpop_nonce'), refuse('invalid_token'));
    for (let count = 0; count < 3; count += 1) await send(presentation);
    await send('still here');
    await send(presentation);
    expect(seen).toEqual([
      ...['welcomed', ['not renewed', 'upstream_unavailable'], ['hello', 'nonce 2']],
      ...[['message', 'still here', 'an identity'], ...over('invalid_token')],
    ]);
  });

  test('that presents two tokens at once has them judged in turn, and none after it was closed', async () => {
    const { state, seen, send } = setUp();
    const first = Promise.withResolvers<Verdict>();
    state.verdicts.push(first.promise, refuse('invalid_token'));
    for (const token of ['one', 'two', 'three']) await send({ token });
    expect(state.presented).toMatchObject([{ token: 'one', proof: undefined }]);
    first.resolve(refuse('use_dpop_nonce'));
    await vi.advanceTimersByTimeAsync(0);
    expect(state.presented).toMatchObject([{ token: 'one' }, { token: 'two' }]);
    expect(seen).toEqual([['hello', 'nonce 2'], ...over('invalid_token')]);
  });

  test('that presents more tokens than it may within a minute is closed', async () => {
    const { state, seen, send } = setUp({ tokensPerMinuteMax: 3 });
    for (let count = 0; count < 3; count += 1) await send(presentation);
    await vi.advanceTimersByTimeAsync(59_000);
    await send('still here');
    await vi.advanceTimersByTimeAsync(500);
    await send(presentation);
    expect(seen.slice(3)).toEqual([['message', 'still here', 'an identity'], ...over('too_many_tokens')]);
    expect(state.presented).toHaveLength(3);

    const patient = setUp({ tokensPerMinuteMax: 3 });
    for (let count = 0; count < 30; count += 1) {
      await patient.send(presentation);
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(new Set(patient.seen)).toEqual(new Set(['welcomed', 'renewed']));
  });

  test('that is closed by whoever holds it hears no more, and leaves no timer and no watch behind', async () => {
    const { emitter, send, state, seen } = setUp();
    await send(presentation);
    state.readyState = 2;
    await send('hello');
    await send(presentation);
    emitter.emit('close');
    expect([state.watchers.size, vi.getTimerCount(), seen, state.presented.length]).toEqual([0, 0, ['welcomed'], 1]);
  });
});
