// A session's promises, by a clock that the tests move and a server that they script.

import { expect, it } from 'vitest';
import type { GangwayError } from './gangway-error.ts';
import { createWebchatSession, type SessionOptions } from './session.ts';
import { memoryStorage } from './session-record.ts';
import type { SessionState } from './session-state.ts';
import { manualClock } from './testing/manual-clock.ts';
import { refusalAnswer, scriptedFetch, tokenAnswer } from './testing/scripted-fetch.ts';

const minuteMs = 60_000;

function begin(options: Partial<SessionOptions> = {}) {
  const clock = manualClock();
  const server = scriptedFetch();
  const storage = memoryStorage();
  const states: SessionState[] = [];
  const all: SessionOptions = {
    url: 'https://chat.example/',
    deploymentKey: 'CV1',
    fetch: server.fetch,
    storage,
    clock,
    random: () => 0,
    signals: (loginTimestamp) => ({ 'x-login': loginTimestamp }),
    ...options,
  };
  const session = createWebchatSession(all);
  session.onChange((state) => states.push(state));
  return {
    clock,
    server,
    states,
    session,
    again: (more: Partial<SessionOptions> = {}) => createWebchatSession({ ...all, ...more }),
  };
}

it('asks for nothing before a token is wanted, then once for all who want it', async () => {
  const { server, session } = begin();
  expect(session.state.status).toBe('idle');
  server.answer(tokenAnswer('one'));
  expect(await Promise.all([session.getToken(), session.getToken(), session.getToken()])).toEqual(['one', 'one', 'one']);
  expect(server.seen.map(({ url }) => url)).toEqual(['https://chat.example/v2/Webchat/Token']);
  expect(server.seen[0]?.body).toEqual({ deploymentKey: 'CV1' });
});

it('reckons the expiry from ttl, whatever the date in the answer says', async () => {
  const { clock, server, session } = begin();
  server.answer(tokenAnswer('one', 600));
  await session.getToken();
  expect(session.expiresAt).toBe(clock.now() + 600_000);
});

it('refreshes before expiry with the same login time, and goes on doing so', async () => {
  const { clock, server, session } = begin();
  server.answer(tokenAnswer('one'), tokenAnswer('two'), tokenAnswer('three'));
  await session.getToken();
  await clock.advance(23 * minuteMs);
  expect(server.seen).toHaveLength(1);
  await clock.advance(2 * minuteMs);
  expect(server.seen[1]?.url).toBe('https://chat.example/v2/Webchat/Token/Refresh');
  expect(server.seen[1]?.body).toEqual({ deploymentKey: 'CV1', token: 'one' });
  expect(server.seen[1]?.headers.get('x-login')).toBe(server.seen[0]?.headers.get('x-login'));
  expect(await session.getToken()).toBe('two');
  await clock.advance(25 * minuteMs);
  expect(await session.getToken()).toBe('three');
  expect(server.seen).toHaveLength(3);
});

it('keeps the token through failures that pass, and tries ever more patiently', async () => {
  const { clock, server, states, session } = begin();
  server.answer(
    tokenAnswer('one'),
    new TypeError('offline'),
    new TypeError('offline'),
    refusalAnswer('overloaded', 503),
    tokenAnswer('two'),
  );
  await session.getToken();
  await clock.advance(24 * minuteMs);
  expect(session.state).toMatchObject({ status: 'waiting', error: { code: 'network_error', status: 0 } });
  expect(await session.getToken()).toBe('one');
  await clock.advance(499);
  expect(server.seen).toHaveLength(2);
  await clock.advance(1 + 1000 + 2000);
  expect(server.seen).toHaveLength(5);
  expect(await session.getToken()).toBe('two');
  expect(states.at(-1)).toMatchObject({ status: 'active', error: undefined });
});

it.each([429, 503])('waits as long as Retry-After of a %i says', async (status) => {
  const { clock, server, session } = begin();
  const code = status === 429 ? 'rate_limited' : 'upstream_unavailable';
  server.answer(refusalAnswer(code, status, { 'retry-after': '30' }), tokenAnswer('one'));
  await expect(session.getToken()).rejects.toMatchObject({ code, status, retryAfterSeconds: 30 });
  await clock.advance(29_999);
  expect(server.seen).toHaveLength(1);
  await clock.advance(1);
  expect(await session.getToken()).toBe('one');
});

it('makes no storm: who asks while it waits hears the failure, and nothing is sent', async () => {
  const { server, session } = begin();
  server.answer(new TypeError('offline'));
  await expect(session.getToken()).rejects.toThrow('cannot be reached');
  for (let call = 0; call < 50; call += 1) await expect(session.getToken()).rejects.toThrow('cannot be reached');
  expect(server.seen).toHaveLength(1);
});

it.each([
  ['invalid_token', 401],
  ['invalid_fingerprint', 403],
  ['deployment_not_found', 404],
])('ends at %s, says so, and begins anew only when asked', async (code, status) => {
  const { clock, server, states, session } = begin();
  server.answer(tokenAnswer('one'), refusalAnswer(code, status), tokenAnswer('two', 1800, 'another'));
  await session.getToken();
  await expect(session.refresh()).rejects.toMatchObject({ code, status, requestId: 'r1' });
  expect(states.at(-1)).toMatchObject({ status: 'refused', identity: undefined, expiresAt: undefined, error: { code } });
  expect(clock.timers).toBe(0);
  await expect(session.getToken()).rejects.toMatchObject({ code });
  await expect(session.refresh()).rejects.toMatchObject({ code });
  expect(server.seen).toHaveLength(2);

  await clock.advance(5);
  await session.startAnew();
  expect(await session.getToken()).toBe('two');
  expect(session.identity).toBe('another');
  expect(server.seen[2]?.headers.get('x-login')).not.toBe(server.seen[0]?.headers.get('x-login'));
});

it('asks for a valid token where the one at hand expired during sleep', async () => {
  const { clock, server, session } = begin({ clock: { ...manualClock(), now: () => clock.now(), after: () => () => {} } });
  server.answer(tokenAnswer('one'), tokenAnswer('two'));
  await session.getToken();
  await clock.advance(60 * minuteMs);
  expect(await session.getToken()).toBe('two');
});

it('is taken up after a reload, without asking before that is due', async () => {
  const { clock, server, session, again } = begin();
  server.answer(tokenAnswer('one'), tokenAnswer('two'));
  await session.getToken();
  session.close();
  const resumed = again();
  expect(resumed.identity).toBe(session.identity);
  expect(await resumed.getToken()).toBe('one');
  expect(server.seen).toHaveLength(1);
  await clock.advance(24 * minuteMs);
  expect(await resumed.getToken()).toBe('two');
});

it('does not mind a storage that is blocked or holds nonsense', async () => {
  const blocked = {
    getItem: () => '{"token":1}',
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
    removeItem: () => {},
  };
  const { server, session } = begin({ storage: blocked });
  server.answer(tokenAnswer('one'));
  expect(session.state.status).toBe('idle');
  expect(await session.getToken()).toBe('one');
});

it('asks no more once it is closed, not even after an answer that was under way', async () => {
  const { clock, server, session } = begin();
  server.answer(tokenAnswer('one'));
  const asked = session.getToken();
  session.close();
  expect(await asked).toBe('one');
  expect(clock.timers).toBe(0);
});

it('calls a page that stands between by its name', async () => {
  const { server, session } = begin();
  server.answer(new Response('<h1>Bad gateway</h1>', { status: 502 }));
  const failure: GangwayError = await session.getToken().then(
    () => expect.fail('a token came'),
    (error) => error,
  );
  expect(failure).toMatchObject({ name: 'GangwayError', code: 'unexpected_answer', status: 502, passing: true });
  server.answer(Response.json({ hello: 'there' }));
  await expect(session.startAnew()).rejects.toMatchObject({ code: 'unexpected_answer', status: 200 });
});
