// A session's promises in one tab, by a clock that the tests move and a server that they script: asking, failing, refused.

import { describe, expect, it, vi } from 'vitest';
import { GangwayError } from './gangway-error.ts';
import { fakeBrowser } from './testing/fake-browser.ts';
import { settle } from './testing/manual-clock.ts';
import { refusalAnswer, tokenAnswer } from './testing/scripted-fetch.ts';
import { begin, failureOf, hourMs, minuteMs } from './testing/scripted-session.ts';

describe('asking for a token', () => {
  it('asks for nothing before a token is wanted, then once for all who want it', async () => {
    const { server, session } = begin();
    expect(session.state.status).toBe('idle');
    server.answer(tokenAnswer('one'));
    expect(await Promise.all([session.getToken(), session.getToken(), session.getToken()])).toEqual(['one', 'one', 'one']);
    expect(server.seen.map(({ url }) => url)).toEqual(['https://chat.example/v2/Webchat/Token']);
    expect(server.seen[0]?.body).toEqual({ deploymentKey: 'CV1' });
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

  it('refreshes a token that lives for months when that is due, though timers end at 24 days', async () => {
    const { clock, server, session } = begin();
    server.answer(tokenAnswer('one', 60 * 24 * 3600), tokenAnswer('two'));
    await session.getToken();
    await clock.advance(47 * 24 * hourMs);
    expect(server.seen).toHaveLength(1);
    await clock.advance(2 * 24 * hourMs);
    expect(server.seen[1]?.body.token).toBe('one');
  });

  it('gives up on a request after 5 seconds, and tries again', async () => {
    const { clock, server, session } = begin();
    server.answer('never', tokenAnswer('one'));
    const failure = failureOf(session.getToken());
    await clock.advance(4999);
    expect(session.state.status).toBe('asking');
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'network_error', cause: { name: 'AbortError' } });
    expect(session.state.status).toBe('waiting');
    await clock.advance(1000);
    expect(await session.getToken()).toBe('one');
  });

  it('gives up on a body that does not come, too', async () => {
    const { clock, server, session } = begin();
    const stuck = (signal: AbortSignal | null | undefined) =>
      new Response(
        new ReadableStream({
          start: (body) => signal?.addEventListener('abort', () => body.error(new DOMException('', 'AbortError'))),
        }),
      );
    const tab = fakeBrowser(
      async (_input, init) => stuck(init?.signal),
      () => () => 0,
      clock,
    ).open();
    server.answer(tokenAnswer('one'));
    const failure = failureOf(tab.session.getToken());
    await clock.advance(5000);
    expect(await failure).toMatchObject({ code: 'network_error' });
    await session.getToken();
  });
});

describe('failures that pass', () => {
  it('keeps the token, and tries ever more patiently', async () => {
    const { clock, server, states, session } = begin();
    const away = new TypeError('offline');
    server.answer(tokenAnswer('one'), away, away, refusalAnswer('overloaded', 503), tokenAnswer('two'));
    await session.getToken();
    await clock.advance(24 * minuteMs);
    expect(server.seen).toHaveLength(2);
    expect(session.state).toMatchObject({ status: 'waiting', error: { code: 'network_error', passing: true } });
    expect(await session.getToken()).toBe('one');
    await clock.advance(500);
    expect(server.seen).toHaveLength(3);
    await clock.advance(999);
    expect(server.seen).toHaveLength(3);
    await clock.advance(1);
    expect(server.seen).toHaveLength(4);
    await clock.advance(2000);
    expect(await session.getToken()).toBe('two');
    expect(states.at(-1)).toMatchObject({ status: 'active', error: undefined });
  });

  it.each([
    ['rate_limited', 429],
    ['overloaded', 503],
    ['upstream_unavailable', 503],
  ])('waits as long as %s asks for', async (code, status) => {
    const { clock, server, session, tab } = begin();
    server.answer(refusalAnswer(code, status, { 'retry-after': '30' }), tokenAnswer('one'));
    expect(await failureOf(session.getToken())).toMatchObject({ code, status, retryAfterSeconds: 30 });
    tab.tell({ type: 'online' });
    await expect(session.refresh()).rejects.toMatchObject({ code });
    await clock.advance(29_999);
    expect(server.seen).toHaveLength(1);
    await clock.advance(1);
    expect(await session.getToken()).toBe('one');
  });

  it.each(['-5', '0', '0.000001', 'Infinity', 'soon'])('makes no storm, whatever is in Retry-After: %s', async (retryAfter) => {
    const { clock, server, session } = begin();
    server.answer(refusalAnswer('overloaded', 503, { 'retry-after': retryAfter }));
    await failureOf(session.getToken());
    await clock.advance(10 * minuteMs);
    expect(server.seen.length).toBeLessThan(40);
    await clock.advance(2 * hourMs);
    expect(server.seen.length).toBeGreaterThan(1);
  });

  it('says what the contract names of an answer, and nothing that it brings besides', async () => {
    const { server, session } = begin();
    const more = '"name":"x","stack":"x","final":true,"__proto__":{"code":"x"},"toString":"x"';
    server.answer(new Response(`{"code":"overloaded","message":"Later.","requestId":"r1",${more}}`, { status: 503 }));
    const failure = await failureOf(session.getToken());
    expect(failure).toBeInstanceOf(GangwayError);
    expect(failure).toMatchObject({ name: 'GangwayError', code: 'overloaded', final: false, passing: true, requestId: 'r1' });
    expect(String(failure)).toBe('GangwayError: Later.');
    // The second one comes out of the storage.
    expect(await failureOf(session.getToken())).toBeInstanceOf(GangwayError);
  });

  it('makes no storm: who asks while it waits hears the failure, and nothing is sent', async () => {
    const { server, session } = begin();
    server.answer(new TypeError('offline'));
    for (let call = 0; call < 50; call += 1) await expect(session.getToken()).rejects.toThrow('cannot be reached');
    expect(server.seen).toHaveLength(1);
  });

  it('tells all who asked at once, of one try', async () => {
    const { server, session } = begin();
    server.answer(new TypeError('offline'));
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => session.getToken()));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('calls a page that stands between by its name', async () => {
    const { server, session } = begin();
    server.answer(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect(await failureOf(session.getToken())).toMatchObject({
      name: 'GangwayError',
      code: 'unexpected_answer',
      status: 502,
      passing: true,
    });
    server.answer(Response.json({ code: 'invalid_token', message: 'of another API' }, { status: 401 }));
    expect(await failureOf(session.startAnew())).toMatchObject({ code: 'unexpected_answer', status: 401 });
    server.answer(Response.json({ hello: 'there' }));
    expect(await failureOf(session.startAnew())).toMatchObject({ code: 'unexpected_answer', status: 200 });
  });
});

describe('refusals', () => {
  it('ends at invalid_token, says so, and begins anew only when asked', async () => {
    const { clock, server, states, session, tab, browser } = begin();
    server.answer(tokenAnswer('one'), refusalAnswer('invalid_token', 401), tokenAnswer('two', 1800, 'another'));
    await session.getToken();
    await clock.advance(5);
    await expect(session.refresh()).rejects.toMatchObject({ code: 'invalid_token', requestId: 'r1' });
    expect(states.at(-1)).toMatchObject({ status: 'ended', identity: undefined, error: { code: 'invalid_token', final: true } });
    expect(clock.timers).toBe(0);
    expect([...browser.items.keys()]).toEqual([]);
    for (const type of ['focus', 'online', 'pageshow']) tab.tell({ type });
    await clock.advance(10 * hourMs);
    await expect(session.getToken()).rejects.toMatchObject({ code: 'invalid_token' });
    await expect(session.refresh()).rejects.toMatchObject({ code: 'invalid_token' });
    expect(server.seen).toHaveLength(2);

    await session.startAnew();
    expect(await session.getToken()).toBe('two');
    expect(session.identity).toBe('another');
    expect(server.seen[2]?.headers.get('x-login')).not.toBe(server.seen[0]?.headers.get('x-login'));
  });

  it.each([
    ['deployment_not_found', 404],
    ['origin_not_allowed', 403],
    ['invalid_dpop_proof', 401],
    ['fingerprint_generation_failed', 403],
  ])(
    '%s loses no chat: the token counts until it expires, and the session goes on when the page wakes up later',
    async (code, status) => {
      vi.spyOn(console, 'error').mockImplementation(() => {});
      const { clock, server, session, tab } = begin();
      server.answer(tokenAnswer('one'), refusalAnswer(code, status));
      await session.getToken();
      await clock.advance(24 * minuteMs);
      expect(session.state).toMatchObject({ status: 'refused', error: { code }, identity: expect.any(String) });
      expect(await session.getToken()).toBe('one');
      const asked = server.seen.length;
      await clock.advance(20 * minuteMs);
      await expect(session.getToken()).rejects.toMatchObject({ code });
      expect(server.seen).toHaveLength(asked);
      server.answer(tokenAnswer('two'));
      tab.tell({ type: 'focus' });
      await settle();
      expect(server.seen.at(-1)?.body.token).toBe('one');
      expect(await session.getToken()).toBe('two');
      vi.restoreAllMocks();
    },
  );

  it('wakes up often, and asks again after a refusal once a minute at most', async () => {
    const { clock, server, session, tab } = begin();
    server.answer(refusalAnswer('deployment_not_found', 404));
    await expect(session.getToken()).rejects.toMatchObject({ code: 'deployment_not_found' });
    for (let second = 0; second < 50; second += 1) {
      tab.tell({ type: 'focus' });
      await clock.advance(1000);
    }
    expect(server.seen).toHaveLength(1);
  });

  it('does not guess: signals that were refused come to no fifth try within an hour, however often the page wakes up or is loaded', async () => {
    const { clock, server, session, browser } = begin();
    server.answer(tokenAnswer('one'), refusalAnswer('invalid_fingerprint', 403));
    await session.getToken();
    await clock.advance(24 * minuteMs);
    for (let minute = 0; minute < 60; minute += 1) {
      const again = browser.open();
      again.tell({ type: 'focus' });
      await clock.advance(minuteMs);
      browser.close(again);
    }
    expect(server.seen.length).toBeGreaterThan(2);
    expect(server.seen.length).toBeLessThan(1 + 5);
  });

  it('asks at once after a reload, so that whoever corrected the configuration sees it', async () => {
    const { clock, server, browser, tab, session } = begin();
    server.answer(refusalAnswer('deployment_not_found', 404), tokenAnswer('one'));
    await expect(session.getToken()).rejects.toThrow();
    browser.close(tab);
    await clock.advance(100);
    expect(await browser.open().session.getToken()).toBe('one');
  });
});

it('its state is the same object until it changes, as React wants it', async () => {
  const { server, session } = begin();
  expect(session.state).toBe(session.state);
  server.answer(tokenAnswer('one'));
  await session.getToken();
  expect(session.state).toBe(session.state);
  expect(session.state).toMatchObject({ status: 'active', identity: session.identity, expiresAt: session.expiresAt });
});

it('begins one session for who asks twice to begin anew', async () => {
  const { server, session } = begin();
  server.answer(tokenAnswer('one'), tokenAnswer('two', 1800, 'another'), tokenAnswer('three', 1800, 'a third'));
  await session.getToken();
  await Promise.all([session.startAnew(), session.startAnew()]);
  expect([session.identity, server.seen.length]).toEqual(['another', 2]);
  await session.startAnew();
  expect(session.identity).toBe('a third');
});

it('a listener that fails is reported, and the others hear all the same', async () => {
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { server, session } = begin();
  server.answer(tokenAnswer('one'));
  session.onChange(() => {
    throw new Error('a bug of the page');
  });
  const heard = vi.fn();
  const stop = session.onChange(heard);
  expect(await session.getToken()).toBe('one');
  expect(heard).toHaveBeenCalled();
  expect(report).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug of the page' }));
  const calls = heard.mock.calls.length;
  stop();
  await session.refresh();
  expect(heard).toHaveBeenCalledTimes(calls);
  vi.restoreAllMocks();
});
