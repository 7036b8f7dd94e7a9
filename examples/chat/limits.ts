// Every bound of the chat in one place, with its reason; how long and how often a token may be shown, `holdToToken` says.
// Whoever copies this starts from these figures.

import type { Allowance } from './allowance.ts';

/** The bounds. */
export interface ChatLimits {
  /** In UTF-16 code units. A long question, not a book. */
  readonly textLengthMax: number;
  /** A token of 8,192 and a proof of 4,096 characters, and the JSON around them. */
  readonly frameBytesMax: number;
  /** Messages of one visitor, from all tabs together. */
  readonly messages: Allowance;
  /** Frames of a visitor on one socket, but for tokens. */
  readonly frames: Allowance;
  /** Tabs of one visitor. */
  readonly tabsMax: number;
  readonly socketsMax: number;
  /** Of these, how many may still owe their token: a flood of silent strangers leaves room for visitors. */
  readonly strangersMax: number;
  /** What a reader may be behind before it is dropped. More than the longest history. */
  readonly unreadBytesMax: number;
  /** Messages kept of one visitor, and how long they may be altogether; older ones are forgotten. */
  readonly historyMessagesMax: number;
  readonly historyLengthMax: number;
  /** Visitors whose messages are kept; the one longest silent is forgotten first. All of them full take some 80 MB. */
  readonly conversationsMax: number;
  /** How long the messages of a silent visitor are kept: as long as a session lives by default. */
  readonly conversationMs: number;
  /** Between two pings; who has not answered one by the next is gone. */
  readonly heartbeatMs: number;
  /** How long a client may take to close when it is told to. */
  readonly closingMs: number;
}

/** What a chat starts with. */
export const defaultLimits: ChatLimits = {
  textLengthMax: 2000,
  frameBytesMax: 16 * 1024,
  messages: { burst: 15, perSecond: 1 },
  frames: { burst: 60, perSecond: 10 },
  tabsMax: 60,
  socketsMax: 2000,
  strangersMax: 500,
  unreadBytesMax: 1024 * 1024,
  historyMessagesMax: 100,
  historyLengthMax: 20_000,
  conversationsMax: 2000,
  conversationMs: 24 * 60 * 60 * 1000,
  heartbeatMs: 30_000,
  closingMs: 1000,
};
