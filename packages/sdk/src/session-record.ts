// What a session leaves behind so that a reload and the other tabs go on with it.

import { type WebchatToken, webchatToken } from './edge.ts';
import type { SessionStorage } from './session-storage.ts';
import { type StoredItem, storedItem } from './stored-item.ts';

/** A session, as it is kept. Of two tokens the one whose `expiration` is the greater text is the later one: that is the server's clock. */
export interface SessionRecord extends WebchatToken {
  readonly loginTimestamp: string;
  /** When the token came: milliseconds since 1970 by the clock of this browser. */
  readonly at: number;
  /** How long after that it is to be refreshed. */
  readonly dueAfterMs: number;
  /** The proof key to which the session is bound, by its number in the key store. */
  readonly key?: number | undefined;
}

/** The place of the record. */
export function sessionRecords(storage: SessionStorage, name: string): StoredItem<SessionRecord> {
  return storedItem(storage, name, { ...webchatToken, loginTimestamp: '', at: 0, dueAfterMs: 0 });
}
