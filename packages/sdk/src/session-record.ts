// What a session leaves behind so that a reload and the other tabs go on with it.

import { type WebchatToken, webchatToken } from './edge.ts';

/** A session, as it is kept. */
export interface SessionRecord extends WebchatToken {
  readonly loginTimestamp: string;
  /**
   * Which token of the session this is, from 1. Of two tokens the one that has more is the later. No time tells that: clocks
   * jump, those of two nodes differ, and where an operator shortens the life of tokens the later one expires sooner.
   */
  readonly tokenCount: number;
  /** When the token was asked for: milliseconds since 1970 by the clock of this browser. */
  readonly at: number;
  /** How long after that it is to be refreshed. */
  readonly dueAfterMs: number;
  /** The proof key to which the session is bound, by its number in the key store. */
  readonly key?: number | undefined;
}

/** The shape of a record. */
export const sessionRecord = { ...webchatToken, loginTimestamp: '', tokenCount: 0, at: 0, dueAfterMs: 0 };
