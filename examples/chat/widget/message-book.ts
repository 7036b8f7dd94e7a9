// What the conversation looks like to the visitor: what the server has, in its order, and after it what the server has not
// acknowledged yet.

import type { Message, Say } from '../protocol.ts';

/** A message, and where it stands. */
export interface Entry extends Omit<Message, 'at'> {
  /** By the server's clock; not there before the server has it. */
  readonly at?: number;
  readonly state: 'sent' | 'sending' | 'unsent' | 'rejected';
  /** Why it was not taken. */
  readonly reason?: string;
}

/** The messages of one visitor in one tab. */
export interface MessageBook {
  readonly entries: readonly Entry[];
  /** Writes down what the visitor said, and gives the frame for it. */
  say(text: string): Say;
  /** The server has it. Gives false where that was known. */
  said(message: Message): boolean;
  /** What the server has altogether. What it lacks is given, to be sent again: ids make that safe. */
  welcome(identity: string, history: readonly Message[]): readonly Say[];
  reject(id: string, reason: string): void;
  /** Marks what has gone out and was not acknowledged. */
  doubt(ids?: ReadonlySet<string>): void;
  /** Takes one up again; undefined where there is nothing to send. */
  again(id: string): Say | undefined;
  discard(id: string): void;
}

/** What was not acknowledged is kept this long at most; who types on offline is not stopped, but the oldest is dropped. */
const pendingMax = 20;

/**
 * Makes a book.
 * @param pending what an earlier page of this tab could not send, and for whom
 */
export function createMessageBook(pending: { identity?: string | undefined; messages: readonly Say[] }): MessageBook {
  let sent: Entry[] = [];
  let waiting: Entry[] = pending.messages.map(({ id, text }) => ({ id, text, from: 'visitor', state: 'unsent' }));
  let { identity } = pending;

  const change = (id: string, state: Entry['state'], reason?: string) => {
    waiting = waiting.map((entry) => {
      if (entry.id !== id) return entry;
      const { reason: _, ...rest } = entry;
      return { ...rest, state, ...(reason === undefined ? {} : { reason }) };
    });
  };
  const frameOf = ({ id, text }: Entry): Say => ({ type: 'say', id, text });

  return {
    get entries() {
      return [...sent, ...waiting];
    },
    say(text) {
      const entry: Entry = { id: newId(), from: 'visitor', text, state: 'sending' };
      waiting = [...waiting, entry].slice(-pendingMax);
      return frameOf(entry);
    },
    said(message) {
      waiting = waiting.filter(({ id }) => id !== message.id);
      if (sent.some(({ id }) => id === message.id)) return false;
      sent = [...sent, { ...message, state: 'sent' }];
      return true;
    },
    welcome(now, history) {
      const known = new Set(history.map(({ id }) => id));
      sent = history.map((message) => ({ ...message, state: 'sent' }));
      waiting = waiting.filter(({ id }) => !known.has(id));
      // What was meant for one conversation is not sent into another one by itself.
      const isSame = identity === undefined || identity === now;
      identity = now;
      if (!isSame) {
        for (const { id } of waiting) change(id, 'rejected', 'It was written in the chat before this one.');
        return [];
      }
      const due = waiting.filter(({ state }) => state !== 'rejected');
      for (const { id } of due) change(id, 'sending');
      return due.map(frameOf);
    },
    reject: (id, reason) => change(id, 'rejected', reason),
    doubt(ids) {
      for (const { id, state } of waiting) if (state === 'sending' && ids?.has(id) !== false) change(id, 'unsent');
    },
    again(id) {
      const entry = waiting.find((candidate) => candidate.id === id);
      if (entry === undefined) return undefined;
      change(id, 'sending');
      return frameOf(entry);
    },
    discard(id) {
      waiting = waiting.filter((entry) => entry.id !== id);
    },
  };
}

/** Not `randomUUID`, which pages without https lack. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
