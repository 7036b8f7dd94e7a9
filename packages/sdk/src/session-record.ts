// What a session leaves behind so that a reload goes on with it, and where: any storage with the three methods of the
// browser's own.

import type { Role } from './webchat-client.ts';

/** The part of the browser's `Storage` that a session uses. */
export type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A session, as it is kept. */
export interface SessionRecord {
  readonly loginTimestamp: string;
  readonly token: string;
  readonly identity: string;
  readonly roles: readonly Role[];
  /** Milliseconds since 1970 by the clock of this browser, reckoned from the server's `ttl`. */
  readonly expiresAt: number;
  /** Likewise, when the token is to be refreshed. */
  readonly refreshAt: number;
}

/** Reads, writes and forgets the record of one deployment. */
export interface SessionRecords {
  read(): SessionRecord | undefined;
  write(record: SessionRecord): void;
  forget(): void;
}

/** Keeps the record of a deployment in a storage. A storage that fails (full, or blocked) costs the resuming, no more. */
export function sessionRecords(storage: SessionStorage, deploymentKey: string): SessionRecords {
  const name = `gangway:${deploymentKey}`;
  const attempt = <Value>(action: () => Value): Value | undefined => {
    try {
      return action();
    } catch {
      return undefined;
    }
  };
  return {
    read: () =>
      attempt(() => {
        const record: unknown = JSON.parse(storage.getItem(name) ?? 'null');
        return isSessionRecord(record) ? record : undefined;
      }),
    write: (record) => void attempt(() => storage.setItem(name, JSON.stringify(record))),
    forget: () => void attempt(() => storage.removeItem(name)),
  };
}

/** The browser's lasting storage, or one that lasts as long as the page where that is blocked. */
export function defaultStorage(): SessionStorage {
  try {
    return globalThis.localStorage ?? memoryStorage();
  } catch {
    return memoryStorage();
  }
}

/** A storage that lasts as long as the page. */
export function memoryStorage(): SessionStorage {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  };
}

function isSessionRecord(value: unknown): value is SessionRecord {
  if (value === null || typeof value !== 'object') return false;
  const { loginTimestamp, token, identity, roles, expiresAt, refreshAt } = value as Partial<Record<keyof SessionRecord, unknown>>;
  return (
    typeof loginTimestamp === 'string' &&
    typeof token === 'string' &&
    typeof identity === 'string' &&
    Array.isArray(roles) &&
    typeof expiresAt === 'number' &&
    typeof refreshAt === 'number'
  );
}
