// Everything that the widget says, in one place: a site in another language brings its own.

import type { ConnectionStatus } from './chat-connection.ts';

/** The texts of the widget. */
export interface ChatWords {
  readonly title: string;
  readonly open: string;
  readonly unread: (count: number) => string;
  readonly close: string;
  readonly conversation: string;
  readonly field: string;
  readonly send: string;
  readonly hint: string;
  /** Instead of the hint, where the field takes no more. */
  readonly full: (lengthMax: number) => string;
  readonly suggestions: string;
  readonly you: string;
  readonly other: string;
  readonly sending: string;
  readonly unsent: string;
  readonly rejected: (reason: string) => string;
  readonly again: string;
  readonly discard: string;
  readonly startAnew: string;
  readonly status: (kind: ConnectionStatus['kind']) => string;
  /** What a refusal means to a visitor, by its code; else `refusedElse`. */
  readonly refused: Readonly<Record<string, string>>;
  readonly refusedElse: (message: string) => string;
  readonly ended: string;
}

const statuses: Readonly<Record<ConnectionStatus['kind'], string>> = {
  closed: 'Not connected',
  connecting: 'Connecting…',
  open: 'Connected',
  waiting: 'Connection lost. Trying again…',
  offline: 'You are offline. What you write is kept.',
  refused: 'This chat is over',
  ended: 'This chat is over',
};

/** The texts, in English. */
export const english: ChatWords = {
  title: 'Chat with the purser',
  open: 'Open the chat',
  unread: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
  close: 'Close the chat',
  conversation: 'Conversation',
  field: 'Your message',
  send: 'Send',
  hint: 'Enter sends, Shift+Enter begins a new line.',
  full: (lengthMax) => `That is as much as a message holds: ${lengthMax} characters.`,
  suggestions: 'Questions to ask',
  you: 'You',
  other: 'Purser',
  sending: 'Sending…',
  unsent: 'Not sent yet',
  rejected: (reason) => `Not sent: ${reason}`,
  again: 'Send again',
  discard: 'Discard',
  startAnew: 'Start a new chat',
  status: (kind) => statuses[kind],
  refused: {
    invalid_token: 'This chat was ended, or stayed unused for too long. What you have not sent is kept.',
    session_ended: 'This chat was ended. What you have not sent is kept.',
    consent_required: 'The chat needs your consent first.',
    proof_key_lost: 'This browser has lost the key of this chat. Start a new one here.',
    revoked: 'This chat was ended by its operator. What you have not sent is kept.',
    invalid_fingerprint: 'This does not look like the browser that began the chat. Start a new one here.',
    invalid_dpop_proof: 'This browser could not prove that the chat is its own. Start a new one here.',
    origin_not_allowed: 'This page may not open this chat. Its owner has to allow it first.',
    deployment_not_found: 'There is no such chat any more.',
    not_granted: 'This visit does not include the chat.',
  },
  refusedElse: (message) => `The chat was refused: ${message}`,
  ended: 'You have ended this chat.',
};
