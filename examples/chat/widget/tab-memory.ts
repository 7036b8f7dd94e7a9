// What this tab keeps through a reload: whether the panel is open, what is half written, and what could not be sent. It is
// written once the visitor has opened the chat, in the tab's own storage, which ends with the tab.

import type { Say } from '../protocol.ts';

/** What is kept. */
export interface Kept {
  readonly isOpen: boolean;
  readonly draft: string;
  readonly identity?: string | undefined;
  readonly pending: readonly Say[];
}

/** The part of the browser's `Storage` that is used. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Reads and writes it. A storage that is blocked or full costs the keeping, no more. */
export interface TabMemory {
  read(): Kept;
  write(kept: Kept): void;
}

const nothing: Kept = { isOpen: false, draft: '', pending: [] };

/** @param storage null where nothing shall be kept; the default is `sessionStorage` */
export function openTabMemory(socketUrl: string, storage?: TabStorage | null): TabMemory {
  const name = `gangway-chat:${socketUrl}`;
  return {
    read() {
      try {
        const kept: unknown = JSON.parse(place(storage)?.getItem(name) ?? 'null');
        return isKept(kept) ? kept : nothing;
      } catch {
        return nothing;
      }
    },
    write(kept) {
      try {
        place(storage)?.setItem(name, JSON.stringify(kept));
      } catch {}
    },
  };
}

/** Even to look for a blocked storage throws. */
const place = (storage: TabStorage | null | undefined) => (storage === undefined ? sessionStorage : storage);

function isKept(value: unknown): value is Kept {
  if (value === null || typeof value !== 'object') return false;
  const { isOpen, draft, identity, pending } = value as Partial<Record<keyof Kept, unknown>>;
  return (
    typeof isOpen === 'boolean' &&
    typeof draft === 'string' &&
    (identity === undefined || typeof identity === 'string') &&
    Array.isArray(pending) &&
    pending.every((one: Partial<Say> | null) => typeof one?.id === 'string' && typeof one.text === 'string')
  );
}
