// A session's promises in one tab, by a clock that the tests move and a server that they script.

import { describe, expect, it, vi } from 'vitest';
import { GangwayError } from './gangway-error.ts';
import type { SessionOptions } from './session.ts';
import { fakeBrowser, noKeys } from './testing/fake-browser.ts';
import { settle } from './testing/manual-clock.ts';
import { refusalAnswer, scriptedFetch, tokenAnswer } from './testing/scripted-fetch.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function begin(options: Partial<SessionOptions> = {}) {
  const server = scriptedFetch();
  const browser = fakeBrowser(server.fetch, () => () => 0);
  const tab = browser.open(options);
  const { session, states } = tab;
  return {
    browser,
    clock: browser.clock,
    server,
    tab,
    session,
    states,
    paths: () => server.seen.map(({ url }) => new URL(url).pathname),
  };
}

const failureOf = (promise: Promise<unknown>): Promise<GangwayError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );

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

describe('time', () => {
  it('reckons the expiry from ttl, whatever the date in the answer says', async () => {
    const { clock, server, session } = begin();
    server.answer(tokenAnswer('one', 600));
    await session.getToken();
    expect(session.expiresAt).toBe(clock.now() + 600_000);
  });

  it.each([-1, 1])('is right with a clock that is an hour wrong (%i)', async (sign) => {
    const { clock, server, session } = begin();
    clock.set(sign * hourMs);
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    await clock.advance(23.9 * minuteMs);
    expect(server.seen).toHaveLength(1);
    await clock.advance(minuteMs);
    expect(await session.getToken()).toBe('two');
  });

  it('does not take a dead token for a living one when the clock is set back', async () => {
    const { clock, server, session, browser } = begin();
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    clock.set(-hourMs);
    await clock.advance(24 * minuteMs);
    expect(server.seen).toHaveLength(2);
    // A page that is loaded now cannot know how old the token is. It asks.
    clock.set(-hourMs);
    server.answer(tokenAnswer('three'));
    expect(await browser.open().session.getToken()).toBe('three');
  });

  it('is right about sleep after the clock was set back', async () => {
    const { clock, server, session, tab } = begin();
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    clock.set(-hourMs);
    await clock.advance(minuteMs);
    clock.sleep(70 * minuteMs);
    tab.tell({ type: 'visibilitychange' });
    await settle();
    expect(await session.getToken()).toBe('two');
  });

  it('refreshes when the clock is set forward, and loses nothing', async () => {
    const { clock, server, session } = begin();
    server.answer(tokenAnswer('one'), tokenAnswer('two'), tokenAnswer('three'));
    await session.getToken();
    clock.set(hourMs);
    await clock.advance(minuteMs);
    expect(server.seen[1]?.body.token).toBe('one');
    expect(await session.getToken()).toBe('two');
    expect(session.expiresAt).toBeLessThanOrEqual(clock.now() + 30 * minuteMs);
    await clock.advance(22 * minuteMs);
    expect(server.seen).toHaveLength(2);
  });

  it('does not wait for a time that a clock which was set back will not see for an hour', async () => {
    const { clock, server, session } = begin();
    server.answer(refusalAnswer('overloaded', 503, { 'retry-after': '30' }), tokenAnswer('one'));
    await expect(session.getToken()).rejects.toThrow();
    clock.set(-hourMs);
    await clock.advance(minuteMs);
    expect(await session.getToken()).toBe('one');
  });
});

describe('waking up', () => {
  it.each(['focus', 'pageshow', 'visibilitychange', 'resume', 'online'])(
    'asks at %s where the token grew old during sleep',
    async (type) => {
      const { clock, server, session, tab } = begin();
      server.answer(tokenAnswer('one'), tokenAnswer('two'));
      await session.getToken();
      clock.sleep(hourMs);
      tab.tell({ type });
      await clock.advance(2000);
      expect(server.seen[1]?.body.token).toBe('one');
      expect(await session.getToken()).toBe('two');
    },
  );

  it('sends nothing where nothing is due', async () => {
    const { server, session, tab, clock } = begin();
    server.answer(tokenAnswer('one'));
    await session.getToken();
    for (const type of ['focus', 'pageshow', 'visibilitychange', 'resume', 'online']) tab.tell({ type });
    await clock.advance(minuteMs);
    expect(server.seen).toHaveLength(1);
  });

  it('knows how old a token is that came while the machine slept', async () => {
    const { clock, server, session } = begin();
    server.answer(() => {
      clock.sleep(29 * minuteMs);
      return tokenAnswer('one');
    });
    await session.getToken();
    expect(session.expiresAt).toBe(clock.now() + minuteMs);
    server.answer(tokenAnswer('two'));
    await clock.advance(1000);
    expect(await session.getToken()).toBe('two');
  });

  it('gives a valid token after sleep before any event came', async () => {
    const { clock, server, session } = begin();
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    clock.sleep(hourMs);
    expect(await session.getToken()).toBe('two');
  });

  it('tries at once when the network is back, instead of waiting for the next minute', async () => {
    const { clock, server, session, tab } = begin();
    server.answer(new TypeError('offline'));
    await expect(session.getToken()).rejects.toThrow();
    await clock.advance(10 * minuteMs);
    server.answer(tokenAnswer('one'));
    const asked = server.seen.length;
    tab.tell({ type: 'online' });
    await clock.advance(10);
    expect(server.seen).toHaveLength(asked + 1);
    expect(await session.getToken()).toBe('one');
  });
});

describe('the storage', () => {
  it('gives the session back after a reload, without asking before that is due', async () => {
    const { clock, server, session, browser, tab } = begin();
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    await session.getToken();
    browser.close(tab);
    await clock.advance(minuteMs);
    const resumed = browser.open().session;
    expect(resumed.identity).toBe(session.identity);
    expect(resumed.expiresAt).toBe(clock.now() + 29 * minuteMs);
    expect(await resumed.getToken()).toBe('one');
    expect(server.seen).toHaveLength(1);
    await clock.advance(23 * minuteMs);
    expect(await resumed.getToken()).toBe('two');
  });

  const refuse = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const full = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  it.each([
    ['blocked', { getItem: refuse, setItem: refuse, removeItem: refuse }],
    ['full', { getItem: () => null, setItem: full, removeItem: () => {} }],
    ['damaged', { getItem: () => '{"token":', setItem: () => {}, removeItem: () => {} }],
    [
      'of an older shape',
      {
        getItem: () => '{"token":"t","identity":"i","roles":[],"expiresAt":1,"refreshAt":1}',
        setItem: full,
        removeItem: () => {},
      },
    ],
    ["somebody else's", { getItem: () => '[1]', setItem: full, removeItem: () => {} }],
  ])('may be %s: the session lives in the memory of the page', async (_what, storage) => {
    const { server, session, clock } = begin({ storage });
    server.answer(tokenAnswer('one'), tokenAnswer('two'));
    expect(session.state.status).toBe('idle');
    expect(await session.getToken()).toBe('one');
    await clock.advance(24 * minuteMs);
    expect(server.seen[1]?.body.token).toBe('one');
    expect(await session.getToken()).toBe('two');
  });

  it.each([
    ['keeps nothing and does not say so', { getItem: () => null, setItem: () => {}, removeItem: () => {} }],
    ['gives back what nobody wrote', { getItem: () => '[1]', setItem: () => {}, removeItem: () => {} }],
  ])('may be a stub that %s: the session lives all the same, and a server that is down sees no storm', async (_how, storage) => {
    const { server, session, clock } = begin({ storage });
    server.answer(tokenAnswer('one'), new TypeError('offline'));
    expect(await session.getToken()).toBe('one');
    expect(await session.getToken()).toBe('one');
    await clock.advance(hourMs);
    expect(server.seen.length).toBeGreaterThan(10);
    expect(server.seen.length).toBeLessThan(130);
  });

  it('may become full: the token that was refreshed is never presented again', async () => {
    const { server, session, browser, clock } = begin();
    let room = true;
    const storage = {
      getItem: (name: string) => browser.items.get(name) ?? null,
      setItem: (name: string, value: string) => (room ? void browser.items.set(name, value) : full()),
      removeItem: (name: string) => void browser.items.delete(name),
    };
    const other = browser.open({ storage });
    server.answer(tokenAnswer('one'), tokenAnswer('two'), tokenAnswer('three'));
    await other.session.getToken();
    room = false;
    await clock.advance(1);
    await other.session.refresh();
    expect([...browser.items.values()].join()).not.toContain('"one"');
    await other.session.refresh();
    expect(server.seen.map(({ body }) => body.token)).toEqual([undefined, 'one', 'two']);
    session.close();
  });
});

describe('consent', () => {
  it('before it: no signal, no storage, no key, no request, no listener', async () => {
    const touched = vi.fn(() => null);
    const answers = [false, false, true];
    const server = scriptedFetch();
    server.answer(tokenAnswer('one'));
    const browser = fakeBrowser(server.fetch);
    const signals = vi.fn(() => ({}));
    const makeKey = vi.fn(noKeys.begin);
    const keys = { ...noKeys, begin: makeKey as typeof noKeys.begin };
    const storage = { getItem: touched, setItem: touched, removeItem: touched };
    const tab = browser.open({ storage, signals, keys, consent: () => answers.shift() === true });
    await settle();
    for (const call of [() => tab.session.getToken()])
      expect(await failureOf(call())).toMatchObject({ code: 'consent_required' });
    tab.tell({ type: 'focus' });
    await browser.clock.advance(hourMs);
    expect([touched, signals, makeKey].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    expect([server.seen.length, tab.listeners, tab.session.state.status]).toEqual([0, 0, 'idle']);

    expect(await tab.session.getToken()).toBe('one');
    expect([touched, signals, makeKey].every(({ mock }) => mock.calls.length > 0)).toBe(true);
    expect(tab.listeners).toBe(1);
  });

  it.each(['getToken', 'refresh', 'startAnew', 'end'] as const)('%s waits for it, and is refused without it', async (method) => {
    const { session, server } = begin({ consent: async () => false, tokenOrigins: ['https://api.example'] });
    expect(await failureOf(session[method]())).toMatchObject({ code: 'consent_required' });
    expect(await failureOf(session.fetch('https://api.example/'))).toMatchObject({ code: 'consent_required' });
    expect(await failureOf(session.present('https://api.example/'))).toMatchObject({ code: 'consent_required' });
    expect(server.seen).toHaveLength(0);
  });

  it('asks once for all who wait, and a session that is stored is taken up when it comes', async () => {
    const { server, browser, session } = begin();
    server.answer(tokenAnswer('one'));
    await session.getToken();
    let agree = (_yes: boolean) => {};
    const consent = vi.fn(
      () =>
        new Promise<boolean>((resolve) => {
          agree = resolve;
        }),
    );
    const tab = browser.open({ consent });
    await settle();
    expect(tab.session.identity).toBeUndefined();
    const asked = [tab.session.getToken(), tab.session.getToken()];
    agree(true);
    expect(await Promise.all(asked)).toEqual(['one', 'one']);
    expect(consent).toHaveBeenCalledTimes(1);
    expect(tab.states.at(0)).toMatchObject({ status: 'active', identity: session.identity });
  });

  it('a hook that fails is no consent', async () => {
    const { session } = begin({ consent: () => Promise.reject(new Error('the banner is broken')) });
    const failure = await failureOf(session.getToken());
    expect(failure.code).toBe('consent_required');
    expect(failure.cause).toMatchObject({ message: 'the banner is broken' });
  });
});

describe('the end', () => {
  it('is told to the server, and forgotten here; the next session is somebody else', async () => {
    const { server, session, browser, clock, paths } = begin();
    server.answer(tokenAnswer('one'), new Response(null, { status: 204 }), tokenAnswer('two', 1800, 'another'));
    await session.getToken();
    await session.end();
    expect(paths().at(-1)).toBe('/v2/Webchat/Token/End');
    expect(server.seen.at(-1)).toMatchObject({ body: { deploymentKey: 'CV1', token: 'one' } });
    expect(server.seen.at(-1)?.headers.get('x-login')).toBe(server.seen[0]?.headers.get('x-login'));
    expect(session.state).toMatchObject({ status: 'ended', identity: undefined, error: { code: 'session_ended' } });
    expect(browser.items.size).toBe(0);
    expect(clock.timers).toBe(0);
    expect(await failureOf(session.getToken())).toMatchObject({ code: 'session_ended' });
    await session.end();
    expect(server.seen).toHaveLength(2);
    await session.startAnew();
    expect(session.identity).toBe('another');
  });

  it('is reached too where the session was over already', async () => {
    const { server, session } = begin();
    server.answer(tokenAnswer('one'), refusalAnswer('invalid_token', 401));
    await session.getToken();
    await session.end();
    expect(session.state.status).toBe('ended');
  });

  it('can be tried again where the server could not be told', async () => {
    const { server, session } = begin();
    server.answer(tokenAnswer('one'), new TypeError('offline'), new Response(null, { status: 204 }));
    await session.getToken();
    expect(await failureOf(session.end())).toMatchObject({ code: 'network_error' });
    expect(session.state).toMatchObject({ status: 'active', identity: expect.any(String) });
    await session.end();
    expect(server.seen.at(-1)?.body.token).toBe('one');
  });

  it('fails as everything does, also by a fault of the page', async () => {
    const signals = vi.fn((): Record<string, string> => ({}));
    const { server, session } = begin({ signals });
    server.answer(tokenAnswer('one'));
    await session.getToken();
    signals.mockImplementation(() => {
      throw new Error('no signals');
    });
    expect(await failureOf(session.end())).toMatchObject({
      name: 'GangwayError',
      code: 'unexpected_answer',
      message: 'no signals',
    });
  });

  it('of nothing is nothing', async () => {
    const { server, session } = begin();
    await session.end();
    expect([session.state.status, server.seen.length]).toEqual(['idle', 0]);
  });
});

describe('closing', () => {
  it('leaves no timer and no listener, not even after an answer that was under way', async () => {
    const { clock, server, session, tab } = begin();
    server.answer(tokenAnswer('one'));
    const asked = session.getToken();
    session.close();
    expect(await asked).toBe('one');
    expect([clock.timers, tab.listeners]).toEqual([0, 0]);
  });

  it('tells its listeners nothing any more', async () => {
    const { server, session, states } = begin();
    server.answer(tokenAnswer('one'));
    const asked = session.getToken();
    const heard = states.length;
    session.close();
    await asked;
    expect(states).toHaveLength(heard);
    expect(session.state.status).toBe('active');
  });

  it('lasts where the visitor agrees only afterwards', async () => {
    const answers = [false, true];
    const { clock, server, session, tab } = begin({ consent: () => answers.shift() === true });
    await settle();
    session.close();
    server.answer(tokenAnswer('one'));
    expect(await session.getToken()).toBe('one');
    expect([clock.timers, tab.listeners]).toEqual([0, 0]);
  });

  it('goes before consent: what comes later sets no timer', async () => {
    const { clock, server, session, tab } = begin({ consent: async () => true });
    session.close();
    server.answer(tokenAnswer('one'));
    expect(await session.getToken()).toBe('one');
    expect([clock.timers, tab.listeners]).toEqual([0, 0]);
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
