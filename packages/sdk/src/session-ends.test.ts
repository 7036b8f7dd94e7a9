// How a session begins only with consent, and how it ends: at the server, in this object, and in what it leaves.

import { describe, expect, it, vi } from 'vitest';
import { fakeBrowser, noKeys } from './testing/fake-browser.ts';
import { settle } from './testing/manual-clock.ts';
import { refusalAnswer, scriptedFetch, tokenAnswer } from './testing/scripted-fetch.ts';
import { begin, failureOf, hourMs } from './testing/scripted-session.ts';

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
