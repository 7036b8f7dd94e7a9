// One socket, from the greeting to the end. `holdToToken` decides whose it is: until a token was verified, and after it has
// expired or was revoked, nothing gets through to `take`. What is left is the chat.

import { randomUUID } from 'node:crypto';
import type { Verifier, Visitor } from '@gangway/verify';
import { holdToToken, type SocketRefusal } from '@gangway/verify/ws';
import type { WebSocket } from 'ws';
import { createAllowance } from './allowance.ts';
import type { Conversations, Tab } from './conversations.ts';
import type { ChatLimits } from './limits.ts';
import { closeCodes, type Message, type RejectedCode, type Say, type ServerFrame } from './protocol.ts';
import { answer, greeting, nameOf } from './purser.ts';
import { readFrame } from './read-frame.ts';

/** What a line of the log says. No token, no proof and no text is ever in it. */
export interface ChatEvent {
  readonly event: 'greeted' | 'welcomed' | 'renewed' | 'refused' | 'closed';
  readonly session?: string | undefined;
  readonly code?: string | number | undefined;
}

/** What all sockets of a chat share. */
export interface SharedByAll {
  readonly verifier: Verifier;
  readonly conversations: Conversations;
  /** Sockets that still owe their token. */
  readonly strangers: Set<WebSocket>;
  readonly limits: ChatLimits;
  readonly log: (event: ChatEvent) => void;
}

/** Serves a socket that was just opened at a path, until it closes. */
export function serveVisitor(
  socket: WebSocket,
  path: string,
  { verifier, conversations, strangers, limits, log }: SharedByAll,
): void {
  const takeFrame = createAllowance(limits.frames);
  const tab: Tab = { send };
  let visitor: Visitor | undefined;
  let answeredPing = true;

  log({ event: 'greeted' });
  strangers.add(socket);
  const heart = setInterval(beat, limits.heartbeatMs);
  socket.on('pong', () => {
    answeredPing = true;
  });
  socket.on('close', leave);
  holdToToken(
    verifier,
    socket,
    { url: path, judge },
    {
      hello: (nonce) => send({ type: 'hello', nonce }),
      welcomed: welcome,
      message: take,
      renewed: renew,
      notRenewed: ({ message }) => reject('unavailable', message),
      refused: sayRefused,
    },
  );

  function judge({ identity, grants }: Visitor): SocketRefusal | undefined {
    if (!grants.some((grant) => nameOf(grant) === 'chat')) {
      return { code: 'not_granted', message: 'This token grants no chat.' };
    }
    const { tabs } = conversations.of(identity);
    if (tabs.has(tab) || tabs.size < limits.tabsMax) return undefined;
    return { code: 'too_many_tabs', message: `A visitor has ${limits.tabsMax} tabs at most.` };
  }

  function welcome(next: Visitor): void {
    visitor = next;
    strangers.delete(socket);
    log({ event: 'welcomed', session: next.session });
    const { identity } = next;
    const conversation = conversations.of(identity);
    if (conversation.messages.length === 0) conversation.add(byPurser(greeting));
    conversation.tabs.add(tab);
    const { textLengthMax } = limits;
    send({ type: 'welcome', identity, ...validity(next), history: conversation.messages, textLengthMax });
  }

  function take(data: unknown, current: Visitor, isBinary: boolean) {
    if (takeFrame() > 0) {
      sayRefused({ code: 'too_many_frames', message: 'Too many frames at once.' });
      return socket.close(closeCodes.tooMany);
    }
    const frame = isBinary ? { problem: 'Frames are texts.' } : readFrame(String(data));
    if ('problem' in frame) return reject('malformed', frame.problem, { id: frame.id });
    if (frame.type === 'ping') return send({ type: 'pong', nonce: verifier.nonce() });
    say(current, frame);
  }

  function say(current: Visitor, { id, text }: Say) {
    if (text.length > limits.textLengthMax) {
      return reject('too_long', `A message has ${limits.textLengthMax} characters at most.`, { id });
    }
    const conversation = conversations.of(current.identity);
    // Sent again for want of an answer: the answer is repeated, the message is not.
    const known = conversation.find(id);
    if (known !== undefined) return send({ type: 'said', ...known });
    const retryAfterMs = conversation.takeMessage();
    if (retryAfterMs > 0) return reject('too_fast', 'Too many messages at once.', { id, retryAfterMs });
    conversation.add({ id, from: 'visitor', text, at: Date.now() });
    conversation.add(byPurser(answer(text, current, Date.now())));
  }

  function renew(next: Visitor): void {
    visitor = next;
    log({ event: 'renewed', session: next.session });
    send({ type: 'renewed', ...validity(next) });
  }

  /** Whole seconds that the token still counts, and the nonce for the proof that comes with the next. */
  function validity({ expiresAt }: Visitor): { readonly ttl: number; readonly nonce: string } {
    return { ttl: Math.max(0, Math.floor((expiresAt - Date.now()) / 1000)), nonce: verifier.nonce() };
  }

  function send(frame: ServerFrame) {
    if (socket.readyState !== socket.OPEN) return;
    // A reader that does not read is dropped, before it fills the memory.
    if (socket.bufferedAmount > limits.unreadBytesMax) return socket.terminate();
    socket.send(JSON.stringify(frame));
  }

  function reject(code: RejectedCode, message: string, more?: { readonly id?: string; readonly retryAfterMs?: number }): void {
    send({ type: 'rejected', code, message, ...more });
  }

  function sayRefused({ code, message }: SocketRefusal): void {
    log({ event: 'refused', session: visitor?.session, code });
    send({ type: 'refused', code, message });
  }

  /** Pings; drops who has not answered the last one. */
  function beat() {
    if (!answeredPing) return socket.terminate();
    answeredPing = false;
    socket.ping();
  }

  function leave(code: number): void {
    clearInterval(heart);
    strangers.delete(socket);
    if (visitor !== undefined) conversations.of(visitor.identity).tabs.delete(tab);
    log({ event: 'closed', session: visitor?.session, code });
  }
}

function byPurser(text: string): Message {
  return { id: randomUUID(), from: 'purser', text, at: Date.now() };
}
