// What a session makes of time: wrong clocks, clocks that are set, sleep and waking up.

import { describe, expect, it } from 'vitest';
import { settle } from './testing/manual-clock.ts';
import { refusalAnswer, tokenAnswer } from './testing/scripted-fetch.ts';
import { begin, hourMs, minuteMs } from './testing/scripted-session.ts';

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
