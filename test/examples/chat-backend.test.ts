// What the chat backend promises of itself: who gets in, for how long, and what nobody can make it do.

import { once } from 'node:events';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { closeCodes } from '../../examples/chat/protocol.ts';
import { greeting } from '../../examples/chat/purser.ts';
import { pageOrigin, startChat } from './chat-harness.ts';

const say = (text: string, id = `message-${text.length}-${Math.random().toString(36).slice(2)}`) => ({ type: 'say', id, text });

it('greets with a nonce, takes a token and a proof for its own address, and welcomes', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  const { welcome, frames } = await board('one');
  expect(frames[0]).toEqual({ type: 'hello', nonce: 'nonce-1' });
  expect(verifier.asked).toEqual([{ token: 'one', proof: 'proof of one', method: 'GET', url: '/socket' }]);
  expect(welcome).toMatchObject({ identity: 'identity-1', ttl: 1800, nonce: 'nonce-2', textLengthMax: 2000 });
  expect(welcome.history).toMatchObject([{ from: 'purser', text: greeting }]);
});

it('asks for another proof where the nonce was stale, and does not close', async () => {
  const { verifier, connect } = await startChat();
  verifier.refuse('one', 'use_dpop_nonce', 401);
  const client = connect();
  await client.next('hello');
  client.send({ token: 'one', proof: 'stale' });
  expect((await client.next('hello')).nonce).toBe('nonce-2');
  verifier.admit('one');
  client.send({ token: 'one', proof: 'fresh' });
  await client.next('welcome');
});

it('brings what a visitor says to all tabs of that visitor, with an answer, and to nobody else', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  verifier.admit('other', { identity: 'identity-2', session: 'session-2' });
  const [here, there, stranger] = [await board('one'), await board('one'), await board('other')];
  here.send(say('Ahoy!', 'first-one'));
  for (const tab of [here, there]) {
    expect(await tab.next('said')).toMatchObject({ id: 'first-one', from: 'visitor', text: 'Ahoy!' });
    expect(await tab.next('said')).toMatchObject({ from: 'purser' });
  }
  stranger.send({ type: 'ping' });
  await stranger.next('pong');
  expect(stranger.frames.map(({ type }) => type)).toEqual(['hello', 'welcome', 'pong']);
});

it('what is sent twice is said once, and acknowledged twice', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  const [here, there] = [await board('one'), await board('one')];
  for (let time = 0; time < 2; time += 1) here.send(say('Only once', 'the-same-id'));
  here.send({ type: 'ping' });
  await here.next('pong');
  there.send({ type: 'ping' });
  await there.next('pong');
  const texts = (frames: typeof here.frames) => frames.filter((frame) => frame.type === 'said').map(({ from }) => from);
  expect(texts(here.frames)).toEqual(['visitor', 'purser', 'visitor']);
  expect(texts(there.frames)).toEqual(['visitor', 'purser']);
  expect((await board('one')).welcome.history.filter(({ id }) => id === 'the-same-id')).toHaveLength(1);
});

it('closes a socket that presents nothing for 5 s, and not sooner', async () => {
  const { connect, chat } = await startChat();
  const client = connect();
  await client.next('hello');
  vi.advanceTimersByTime(4999);
  expect(chat.connections).toBe(1);
  vi.advanceTimersByTime(1);
  expect((await client.next('refused')).code).toBe('late');
  expect(await client.closed).toBe(closeCodes.refused);
  await expect.poll(() => chat.connections).toBe(0);
});

it('a token that is still being verified after 5 s gets nobody in', async () => {
  const { connect, verifier, chat } = await startChat();
  verifier.admit('one');
  const verdict = await verifier.verifyPresented({ token: 'one', method: 'GET', url: '' });
  const [asked, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<typeof verdict>()];
  verifier.verifyPresented = () => {
    asked.resolve();
    return decided.promise;
  };
  const client = connect();
  await client.next('hello');
  client.send({ token: 'one' });
  await asked.promise;
  vi.advanceTimersByTime(5000);
  decided.resolve(verdict);
  expect(await client.closed).toBe(closeCodes.refused);
  expect(client.frames).toMatchObject([{ type: 'hello' }, { type: 'refused', code: 'late' }]);
  await expect.poll(() => chat.connections).toBe(0);
});

it('refuses a forged token with the code of the verifier', async () => {
  const { connect } = await startChat();
  const client = connect();
  await client.next('hello');
  client.send({ token: 'forged', proof: 'x' });
  expect(await client.next('refused')).toEqual({ type: 'refused', code: 'invalid_token', message: 'refused: invalid_token' });
  expect(await client.closed).toBe(closeCodes.refused);
});

it('a token that grants no chat gets nobody in', async () => {
  const { connect, verifier } = await startChat();
  verifier.admit('one', { grants: [{ grant: 'upload' }] });
  const client = connect();
  await client.next('hello');
  client.send({ token: 'one' });
  expect((await client.next('refused')).code).toBe('not_granted');
});

it('a renewal that grants no chat any more ends it', async () => {
  const { board, verifier } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  verifier.admit('two', { grants: [] });
  client.send({ token: 'two' });
  expect((await client.next('refused')).code).toBe('not_granted');
});

it('closes at the very end of the token, and takes no message after it', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  const [idle, busy] = [await board('one'), await board('one')];
  vi.advanceTimersByTime(1_799_999);
  busy.send(say('In time', 'in-time-1'));
  expect((await busy.next('said')).text).toBe('In time');
  vi.advanceTimersByTime(1);
  for (const client of [idle, busy]) {
    expect((await client.next('refused')).code).toBe('expired');
    expect(await client.closed).toBe(closeCodes.refused);
  }
});

it('each message is checked, even where no timer and no feed has told', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  const { isAlive } = verifier;
  verifier.isAlive = () => false;
  client.send(say('Too late', 'too-late-1'));
  expect((await client.next('refused')).code).toBe('revoked');
  verifier.isAlive = isAlive;
  expect((await board('one')).welcome.history.map(({ text }) => text)).not.toContain('Too late');
});

it('closes a revoked session at once, in every tab, and leaves others alone', async () => {
  const { verifier, board, chat } = await startChat();
  verifier.admit('one');
  verifier.admit('other', { identity: 'identity-2', session: 'session-2' });
  const [here, there, other] = [await board('one'), await board('one'), await board('other')];
  verifier.revoke('one');
  for (const client of [here, there]) {
    expect((await client.next('refused')).code).toBe('revoked');
    expect(await client.closed).toBe(closeCodes.refused);
  }
  await expect.poll(() => chat.connections).toBe(1);
  other.send({ type: 'ping' });
  await other.next('pong');
});

it('a client that does not close when it is told to is cut off after a second', async () => {
  const { verifier, board, openConnections } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  client.socket.pause();
  verifier.revoke('one');
  expect(await openConnections()).toBe(1);
  vi.advanceTimersByTime(999);
  expect(await openConnections()).toBe(1);
  vi.advanceTimersByTime(1);
  await expect.poll(openConnections).toBe(0);
});

it('is renewed in-band, and lives as long as the new token', async () => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  vi.advanceTimersByTime(1_400_000);
  verifier.admit('two');
  client.send({ token: 'two', proof: 'proof of two' });
  expect(await client.next('renewed')).toMatchObject({ ttl: 1800, nonce: expect.stringMatching(/^nonce-/) });
  vi.advanceTimersByTime(1_000_000);
  client.send(say('Still here', 'still-here'));
  expect((await client.next('said')).text).toBe('Still here');
  verifier.revoke('one');
  client.send({ type: 'ping' });
  await client.next('pong');
  verifier.revoke('two');
  expect((await client.next('refused')).code).toBe('revoked');
});

it.each([
  ['session', { session: 'session-2' }],
  ['identity', { identity: 'identity-2' }],
])('a renewal with a token of another %s is refused', async (_, other) => {
  const { verifier, board } = await startChat();
  verifier.admit('one');
  verifier.admit('two', other);
  const client = await board('one');
  client.send({ token: 'two', proof: 'x' });
  expect((await client.next('refused')).code).toBe('other_session');
  expect(await client.closed).toBe(closeCodes.refused);
});

it('a renewal that nobody can judge just now costs nothing: the token before it still counts', async () => {
  const { verifier, board, connect } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  verifier.refuse('two', 'upstream_unavailable', 503);
  client.send({ token: 'two' });
  expect((await client.next('rejected')).code).toBe('unavailable');
  client.send(say('Still here', 'still-here'));
  await client.next('said');

  const stranger = connect();
  await stranger.next('hello');
  stranger.send({ token: 'two' });
  expect((await stranger.next('refused')).code).toBe('upstream_unavailable');
  expect(await stranger.closed).toBe(closeCodes.unavailable);
});

it.each([
  ['no JSON', 'hello', 'A frame is a JSON object.'],
  ['a list', '[]', 'A frame is a JSON object.'],
  ['no type', '{}', 'A frame has a "token", or a "type" that is "say" or "ping".'],
  ['another type', '{"type":"shout"}', 'A frame has a "token", or a "type" that is "say" or "ping".'],
  ['no id', '{"type":"say","text":"x"}', '"id" is 8 to 64 letters, digits, "-" or "_", another for each message.'],
  ['a blank text', '{"type":"say","id":"12345678","text":" \\n"}', '"text" is a text that is not blank.'],
  ['a token that is no text', '{"token":1}', 'A frame has a "token", or a "type" that is "say" or "ping".'],
  ['a proof that is no text', '{"token":"x","proof":{}}', 'A frame has a "token", or a "type" that is "say" or "ping".'],
])('names what is wrong with a frame: %s', async (_, frame, message) => {
  const { verifier, board, connect } = await startChat();
  verifier.admit('one');
  const visitor = await board('one');
  visitor.send(frame);
  expect(await visitor.next('rejected')).toMatchObject({ code: 'malformed', message });
  visitor.send({ type: 'ping' });
  await visitor.next('pong');

  const stranger = connect();
  await stranger.next('hello');
  stranger.send(frame);
  expect((await stranger.next('refused')).code).toBe('malformed');
  expect(await stranger.closed).toBe(closeCodes.refused);
});

it('a stranger who speaks before presenting a token is refused', async () => {
  const { connect } = await startChat();
  const client = connect();
  await client.next('hello');
  client.send(say('Let me in', 'let-me-in'));
  expect((await client.next('refused')).message).toBe('The first frame is {"token", "proof"}.');
});

it('frames, texts and binary data have their bounds', async () => {
  const { verifier, board } = await startChat({ textLengthMax: 100 });
  verifier.admit('one');
  const client = await board('one');
  client.send(say('x'.repeat(100), 'just-right'));
  expect((await client.next('said')).id).toBe('just-right');
  client.send(say('x'.repeat(101), 'too-long-1'));
  expect(await client.next('rejected')).toMatchObject({ code: 'too_long', id: 'too-long-1' });
  client.socket.send(Buffer.from('{}'), { binary: true });
  expect(await client.next('rejected')).toMatchObject({ code: 'malformed', message: 'Frames are texts.' });
  client.send('x'.repeat(16 * 1024 + 1));
  expect(await client.closed).toBe(1009);
});

it('a visitor who is too fast hears when to go on, in whichever tab; the message was not said', async () => {
  const { verifier, board } = await startChat({ messages: { burst: 2, perSecond: 1 } });
  verifier.admit('one');
  const [here, there] = [await board('one'), await board('one')];
  here.send(say('one', 'message-1'));
  await here.next('said');
  there.send(say('two', 'message-2'));
  await there.next('said');
  here.send(say('three', 'message-3'));
  expect(await here.next('rejected')).toMatchObject({ code: 'too_fast', id: 'message-3', retryAfterMs: 1000 });
  vi.advanceTimersByTime(1000);
  here.send(say('three', 'message-3'));
  await expect.poll(() => here.frames.some((frame) => frame.type === 'said' && frame.id === 'message-3')).toBe(true);
});

it('a flood of frames, or of tokens, ends the connection', async () => {
  const { verifier, board } = await startChat({ frames: { burst: 20, perSecond: 1 } });
  verifier.admit('one');
  const flooding = await board('one');
  for (let count = 0; count < 21; count += 1) flooding.send({ type: 'ping' });
  expect((await flooding.next('refused')).code).toBe('too_many_frames');
  expect(await flooding.closed).toBe(closeCodes.tooMany);

  const presenting = await board('one');
  for (let count = 0; count < 20; count += 1) presenting.send({ token: 'one', proof: 'x' });
  expect((await presenting.next('refused')).code).toBe('too_many_tokens');
  expect(presenting.frames.filter(({ type }) => type === 'renewed').length).toBeLessThan(20);
});

it('tabs of a visitor, sockets altogether, and strangers are bounded', async () => {
  const { verifier, board, connect } = await startChat({ tabsMax: 2, socketsMax: 4, strangersMax: 1 });
  verifier.admit('one');
  verifier.admit('other', { identity: 'identity-2', session: 'session-2' });
  const first = await board('one');
  await board('one');
  await expect(board('one')).rejects.toThrow('too_many_tabs');
  first.send({ token: 'one' });
  await first.next('renewed');
  first.socket.close();
  await first.closed;
  await board('one');
  await board('other');

  const stranger = connect();
  await stranger.next('hello');
  const refused = connect();
  expect(await refused.closed).toBe(1006);
  expect(refused.frames).toEqual([]);
});

it('history is bounded, and so is the number of visitors who have one', async () => {
  const limits = { historyMessagesMax: 4, conversationsMax: 2, messages: { burst: 100, perSecond: 1 } };
  const { verifier, board } = await startChat(limits);
  for (const number of [1, 2, 3]) verifier.admit(`${number}`, { identity: `identity-${number}`, session: `session-${number}` });
  const client = await board('1');
  for (const text of ['one', 'two', 'three']) {
    client.send(say(text, `message-${text}`));
    await client.next('said');
  }
  /** What a visitor who comes for a moment finds. */
  const look = async (number: string) => {
    const { welcome, socket, closed } = await board(number);
    socket.close();
    await closed;
    return welcome.history.map(({ from, text }) => (from === 'visitor' ? text : from));
  };
  expect(await look('1')).toEqual(['two', 'purser', 'three', 'purser']);
  // Whoever is connected has the conversation before their eyes: another is forgotten.
  for (const number of ['2', '3', '2']) await look(number);
  expect(await look('1')).toEqual(['two', 'purser', 'three', 'purser']);
  client.socket.close();
  await client.closed;
  for (const number of ['2', '3', '2']) await look(number);
  expect(await look('1')).toEqual(['purser']);
});

it('what a visitor said is forgotten a day after they left', async () => {
  const { verifier, board, chat } = await startChat();
  const visit = async (text: string) => {
    verifier.admit('one');
    const { welcome, send, next, socket } = await board('one');
    send(say(text));
    await next('said');
    socket.close();
    await expect.poll(() => chat.connections).toBe(0);
    return welcome.history.filter(({ from }) => from === 'visitor').map((message) => message.text);
  };
  const dayMs = 24 * 60 * 60 * 1000;
  expect(await visit('one')).toEqual([]);
  // Each poll moves the clocks a little.
  vi.advanceTimersByTime(dayMs - 10_000);
  expect(await visit('two')).toEqual(['one']);
  vi.advanceTimersByTime(dayMs);
  expect(await visit('three')).toEqual([]);
});

it('a few long messages are as much history as many short ones', async () => {
  const { verifier, board } = await startChat({ historyLengthMax: 3000 });
  verifier.admit('one');
  const client = await board('one');
  for (const letter of ['a', 'b', 'c']) {
    client.send(say(letter.repeat(1200), `message-${letter}`));
    await client.next('said');
    await client.next('said');
  }
  const { history } = (await board('one')).welcome;
  expect(history.map(({ from, text }) => `${from} ${text[0]}`)).toEqual([
    'purser I',
    'visitor b',
    'purser I',
    'visitor c',
    'purser I',
  ]);
});

it('a dead peer is dropped by the second heartbeat, a living one stays', async () => {
  const { verifier, board, connect, chat } = await startChat({ heartbeatMs: 30_000 });
  verifier.admit('one');
  const alive = await board('one');
  const dead = connect({ autoPong: false });
  await dead.next('hello');
  dead.send({ token: 'one' });
  await dead.next('welcome');
  const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
  vi.advanceTimersByTime(30_000);
  await pinged;
  alive.send({ type: 'ping' });
  await alive.next('pong');
  vi.advanceTimersByTime(30_000);
  expect(await dead.closed).toBe(1006);
  await expect.poll(() => chat.connections).toBe(1);
});

it('a reader who does not read is dropped', async () => {
  const { verifier, board, chat } = await startChat({
    unreadBytesMax: 100_000,
    messages: { burst: 100_000, perSecond: 1 },
    frames: { burst: 100_000, perSecond: 1 },
  });
  verifier.admit('one');
  const [talker, sleeper] = [await board('one'), await board('one')];
  sleeper.socket.pause();
  // More than the buffers of the operating system hold.
  let sent = 0;
  while (chat.connections === 2 && sent < 20_000) {
    for (let count = 0; count < 100; count += 1, sent += 1) talker.send(say('x'.repeat(2000), `message-${sent}`));
    talker.send({ type: 'ping' });
    await talker.next('pong');
  }
  expect(chat.connections).toBe(1);
  expect(sent).toBeLessThan(20_000);
});

/** Asks for an upgrade and gives the status. */
function upgradeStatus(socketUrl: string, path: string, headers: Record<string, string>): Promise<number | 'reset'> {
  const { port } = new URL(socketUrl);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  return new Promise((resolve) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        path,
        headers: { ...upgrade, 'sec-websocket-key': Buffer.alloc(16).toString('base64'), ...headers },
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', () => resolve('reset'));
    sent.end();
  });
}

it.each([
  ['an allowed origin', '/socket', { origin: pageOrigin }, 101],
  ['another origin', '/socket', { origin: 'https://elsewhere.example' }, 403],
  ['a subdomain', '/socket', { origin: 'https://a.shop.example' }, 403],
  ['the origin with something after it', '/socket', { origin: `${pageOrigin}.evil.example` }, 403],
  ['no page at all', '/socket', { origin: 'null' }, 403],
  ['no origin', '/socket', {}, 403],
  ['a token in the address', '/socket?token=x', { origin: pageOrigin }, 400],
  ['an empty query', '/socket?', { origin: pageOrigin }, 400],
  ['another path', '/other', { origin: pageOrigin }, 'reset'],
] as const)('an upgrade from %s', async (_, path, headers, status) => {
  const { socketUrl } = await startChat();
  expect(await upgradeStatus(socketUrl, path, headers)).toBe(status);
});

it('a refused upgrade leaves no connection, though the other side keeps its own open', async () => {
  const { socketUrl, openConnections } = await startChat();
  const held = createConnection({ host: '127.0.0.1', port: Number(new URL(socketUrl).port), allowHalfOpen: true });
  onTestFinished(() => void held.destroy());
  const head = 'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  held.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`);
  const [answer] = await once(held, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /);
  await expect.poll(openConnections).toBe(0);
});

it('a Host that nobody configured changes nothing about the address that proofs are compared with', async () => {
  const { verifier, connect } = await startChat();
  const client = connect({ headers: { host: 'evil.example' } });
  await client.next('hello');
  client.send({ token: 'one' });
  await client.next('refused');
  expect(verifier.asked[0]?.url).toBe('/socket');
});

it('the log says what happened, and never a token, a proof or a text', async () => {
  const { verifier, board, connect, log } = await startChat();
  verifier.admit('canary-token');
  const client = await board('canary-token');
  client.send(say('canary-text', 'canary-id1'));
  await client.next('said');
  client.send({ token: 'canary-token', proof: 'canary-proof' });
  await client.next('renewed');
  const stranger = connect();
  await stranger.next('hello');
  stranger.send({ token: 'canary-forged', proof: 'canary-proof' });
  await expect.poll(() => log.length).toBe(6);
  vi.advanceTimersByTime(1_800_000);
  await expect.poll(() => log.length).toBe(8);
  expect(log).toEqual([
    { event: 'greeted' },
    { event: 'welcomed', session: 'session-1' },
    { event: 'renewed', session: 'session-1' },
    { event: 'greeted' },
    { event: 'refused', session: undefined, code: 'invalid_token' },
    { event: 'closed', session: undefined, code: closeCodes.refused },
    { event: 'refused', session: 'session-1', code: 'expired' },
    { event: 'closed', session: 'session-1', code: closeCodes.refused },
  ]);
  expect(JSON.stringify(log)).not.toContain('canary');
});

it('tells all to come back when it stops', async () => {
  const { verifier, board, chat } = await startChat();
  verifier.admit('one');
  const client = await board('one');
  chat.close();
  expect(await client.closed).toBe(closeCodes.goingAway);
});
