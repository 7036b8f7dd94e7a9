// The parts of the chat that are plain functions: the purser, the list of origins, the settings, what is kept unsent.

import { describe, expect, it } from 'vitest';
import { allowOrigins } from '../../examples/chat/allowed-origins.ts';
import { answer, type Guest, greeting } from '../../examples/chat/purser.ts';
import { readServerSettings } from '../../examples/chat/server-settings.ts';
import { createMessageBook } from '../../examples/chat/widget/message-book.ts';
import { reconnectDelayMs } from '../../examples/chat/widget/reconnect-delay.ts';
import { openTabMemory } from '../../examples/chat/widget/tab-memory.ts';

const now = Date.UTC(2030, 0, 1);
const guest: Guest = {
  identity: '6f1f4c0e-0d0a-4b6f-9c1e-2f6a9a3e1c55',
  account: `AC${'0'.repeat(31)}1`,
  deployment: `DP${'0'.repeat(31)}2`,
  grants: [{ grant: 'chat' }, { grant: 'upload', bytesMax: 5 }],
  proofChecked: true,
  sessionStartedAt: now / 1000 - 600,
  expiresAt: now + 90_000,
};

describe('the purser', () => {
  it('says first that it is no language model', () => {
    expect(greeting).toContain('no language model');
  });

  it('says who somebody is, and whether that was proved', () => {
    for (const question of ['Who am I?', 'who am i', 'Do you know who I am? Tell me who am I!', 'What do you know of me']) {
      const said = answer(question, guest, now);
      for (const fact of [guest.identity, guest.account, guest.deployment, 'proved that it holds the key']) {
        expect(said).toContain(fact);
      }
    }
    expect(answer('who am i', { ...guest, proofChecked: false }, now)).toContain('bound to no key');
  });

  it.each([
    [90_000, '1 minute more'],
    [59_999, 'less than a minute more'],
    [1_800_000, '30 minutes more'],
    [-5000, 'less than a minute more'],
  ])('says how long a token counts: %i ms', (left, words) => {
    const said = answer('How long?', { ...guest, expiresAt: now + left }, now);
    expect(said).toContain('aboard for 10 minutes');
    expect(said).toContain(words);
  });

  it('says what is granted', () => {
    expect(answer('What is on board?', guest, now)).toContain('chat, upload.');
    expect(answer('What is on board?', { ...guest, grants: [] }, now)).toContain('nothing.');
  });

  it.each([
    ['help', 'I understand'],
    ['Are you a bot?', 'no language model'],
    ['Are you human', 'no language model'],
    ['ahoy', 'Ahoy'],
    ['THANKS!', 'pleasure'],
    ['bye', 'Fair winds'],
    ['the quick brown fox', 'no answer'],
    ['', 'no answer'],
    ['constructor', 'no answer'],
    // "who" and "me" within other words are none.
    ['whole homes', 'no answer'],
  ])('%s', (text, words) => {
    expect(answer(text, guest, now)).toContain(words);
    expect(answer(text, guest, now)).toBe(answer(text, guest, now));
  });

  it('takes no time over hostile texts', () => {
    const startedAt = performance.now();
    for (const part of ['who ', 'know ', 'am i ', ' ', 'a']) answer(part.repeat(2000 / part.length), guest, now);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

describe('allowed origins', () => {
  it.each([
    '',
    'shop.example',
    'https://shop.example/',
    'https://shop.example:443',
    'https://*.shop.example',
    '*',
    'null',
    'https://',
  ])('an entry that is no origin stops the start: %s', (entry) => {
    expect(() => allowOrigins([entry])).toThrow(TypeError);
  });

  it('an empty list stops the start, so that nobody opens a chat to all by a slip', () => {
    expect(() => allowOrigins([])).toThrow(TypeError);
  });

  it('any port is any port, of that host and scheme', () => {
    const isAllowed = allowOrigins(['http://localhost:*', 'https://shop.example']);
    for (const origin of ['http://localhost:4100', 'http://localhost', 'https://shop.example']) {
      expect([origin, isAllowed(origin)]).toEqual([origin, true]);
    }
    for (const origin of [
      ...['https://localhost:4100', 'http://localhost.evil.example:4100', 'http://localhost:4100@evil.example', 'null', ''],
      ...['https://shop.example:8443', 'https://SHOP.example', 'https://shop.example/', 'http://evil.example/http://localhost:1'],
    ]) {
      expect([origin, isAllowed(origin)]).toEqual([origin, false]);
    }
  });
});

describe('the settings of the server', () => {
  const credential = { GANGWAY_CREDENTIAL: 'gwb_x' };

  it('need a credential, and have a default for the rest', () => {
    expect(() => readServerSettings({})).toThrow('GANGWAY_CREDENTIAL');
    expect(readServerSettings(credential)).toEqual({
      ...{ serviceUrl: 'http://localhost:4002', gangwayUrl: 'http://localhost:4000', credential: 'gwb_x' },
      ...{ port: 4100, host: '127.0.0.1', publicUrl: 'http://localhost:4100', deploymentKey: undefined },
      allowedOrigins: ['http://localhost:4100'],
    });
    expect(readServerSettings({ ...credential, PUBLIC_URL: 'https://chat.example/' })).toMatchObject({
      publicUrl: 'https://chat.example',
      allowedOrigins: ['https://chat.example'],
    });
  });

  it.each([
    ['PORT', 'x'],
    ['PORT', '70000'],
    ['PUBLIC_URL', 'chat.example'],
    ['GANGWAY_URL', 'ftp://x'],
    ['GANGWAY_SERVICE_URL', 'localhost:4002'],
  ])('%s=%s stops the start, and its name is said', (name, value) => {
    expect(() => readServerSettings({ ...credential, [name]: value })).toThrow(name);
  });
});

describe('what was not acknowledged', () => {
  const history = [{ id: 'greeting', from: 'purser', text: 'Welcome', at: now }] as const;

  it('goes out again for the same visitor, once, and not what the server has or refused', () => {
    const book = createMessageBook({ messages: [] });
    book.welcome('one', history);
    const [kept, arrived, refused] = [book.say('kept'), book.say('arrived'), book.say('refused')];
    book.reject(refused.id, 'Too many messages at once.');
    book.doubt();
    const due = book.welcome('one', [...history, { ...arrived, from: 'visitor', at: now }]);
    expect(due).toEqual([kept]);
    expect(book.entries.map(({ text, state }) => `${text} ${state}`)).toEqual([
      ...['Welcome sent', 'arrived sent', 'kept sending', 'refused rejected'],
    ]);
    expect(book.said({ ...kept, from: 'visitor', at: now })).toBe(true);
    expect(book.said({ ...kept, from: 'visitor', at: now })).toBe(false);
  });

  it('keeps the reason of a message that was not taken, whatever becomes of the others', () => {
    const book = createMessageBook({ messages: [] });
    book.welcome('one', []);
    const [refused, other] = [book.say('refused'), book.say('other')];
    book.reject(refused.id, 'Too many messages at once.');
    book.doubt(new Set([other.id]));
    expect(book.entries[0]).toMatchObject({ state: 'rejected', reason: 'Too many messages at once.' });
    book.again(refused.id);
    expect(book.entries[0]).not.toHaveProperty('reason');
  });

  it('is not sent by itself into another chat than it was written for', () => {
    const book = createMessageBook({ identity: 'one', messages: [{ type: 'say', id: 'message-1', text: 'for the old one' }] });
    expect(book.welcome('two', history)).toEqual([]);
    expect(book.entries.at(-1)).toMatchObject({ state: 'rejected', reason: expect.stringContaining('chat before') });
    expect(book.again('message-1')).toEqual({ type: 'say', id: 'message-1', text: 'for the old one' });
    book.discard('message-1');
    expect(book.entries).toHaveLength(1);
  });

  it('is bounded', () => {
    const book = createMessageBook({ messages: [] });
    for (let count = 0; count < 30; count += 1) book.say(`${count}`);
    expect(book.entries).toHaveLength(20);
    expect(book.entries.at(-1)?.text).toBe('29');
  });

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', '{"isOpen":true,"draft":1,"pending":[]}'],
    ['a message that is none', '{"isOpen":true,"draft":"","pending":[null]}'],
  ])('a storage with %s in it keeps nothing', (_, item) => {
    const memory = openTabMemory('ws://x/', { getItem: () => item, setItem: () => {} });
    expect(memory.read()).toEqual({ isOpen: false, draft: '', pending: [] });
  });

  it('a storage that is blocked costs the keeping, no more', () => {
    const blocked = () => {
      throw new DOMException('blocked', 'SecurityError');
    };
    const memory = openTabMemory('ws://x/', { getItem: blocked, setItem: blocked });
    memory.write({ isOpen: true, draft: 'x', pending: [] });
    expect(memory.read().draft).toBe('');
  });
});

it('the next try comes ever later, up to half a minute, and half of it by chance', () => {
  expect([1, 2, 3, 6, 400].map((failures) => reconnectDelayMs(failures, 0))).toEqual([500, 1000, 2000, 15_000, 15_000]);
  expect([1, 2, 3, 6, 400].map((failures) => reconnectDelayMs(failures, 0.999))).toEqual([1000, 1999, 3998, 29_985, 29_985]);
});
