// What a session leaves in the storage of the browser, and what becomes of it where that is blocked, full or a sham.

import { describe, expect, it } from 'vitest';
import { tokenAnswer } from './testing/scripted-fetch.ts';
import { begin, hourMs, minuteMs } from './testing/scripted-session.ts';

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
