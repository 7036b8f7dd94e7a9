// Who wants to know when a visitor is revoked: a socket that has to be closed, for one. Found by what revocations name, so
// that one that concerns nobody costs nothing however many watch.

import type { Revocation, RevocationKind } from '../service.ts';
import type { Revocable } from './revocation-index.ts';

/** The visitors that are watched. */
export interface Watchers {
  readonly size: number;
  /** Watches until the function that it gives is called, or the visitor is revoked. */
  watch(visitor: Revocable, listener: () => void): () => void;
  /** Tells those whom a revocation concerns, each once. */
  tell(revocation: Revocation): void;
  /** Whether somebody watches for this token and was not told yet. */
  isWatched(visitor: Revocable): boolean;
  clear(): void;
}

interface Watcher {
  readonly visitor: Revocable;
  readonly listener: () => void;
  readonly places: readonly (readonly [RevocationKind, string])[];
}

/** Makes watchers. What a listener throws goes to `report`, and keeps nobody else from being told. */
export function createWatchers(report: (problem: unknown) => void): Watchers {
  const bySubject = new Map<string, Set<Watcher>>();
  let size = 0;
  const placeOf = (kind: RevocationKind, subject: string) => `${kind} ${subject}`;

  function remove(watcher: Watcher): void {
    let wasThere = false;
    for (const [kind, subject] of watcher.places) {
      const place = placeOf(kind, subject);
      const set = bySubject.get(place);
      if (set?.delete(watcher) === true) wasThere = true;
      if (set?.size === 0) bySubject.delete(place);
    }
    if (wasThere) size -= 1;
  }

  function call(listener: () => void): void {
    try {
      listener();
    } catch (problem) {
      report(problem);
    }
  }

  return {
    get size() {
      return size;
    },

    watch(visitor, listener) {
      const { tokenId, session, identity, deployment, account } = visitor;
      const places = [
        ['token', tokenId],
        ['session', session],
        ['identity', identity],
        ['deployment', deployment],
        ['account', account],
      ] as const;
      const watcher: Watcher = { visitor, listener, places };
      for (const [kind, subject] of places) {
        const place = placeOf(kind, subject);
        const set = bySubject.get(place) ?? new Set();
        set.add(watcher);
        bySubject.set(place, set);
      }
      size += 1;
      return () => remove(watcher);
    },

    tell({ kind, subject, cutoff = Number.POSITIVE_INFINITY }) {
      for (const watcher of [...(bySubject.get(placeOf(kind, subject)) ?? [])]) {
        if (watcher.visitor.sessionStartedAt > cutoff) continue;
        remove(watcher);
        call(watcher.listener);
      }
    },

    isWatched: ({ tokenId }) => bySubject.has(placeOf('token', tokenId)),

    clear() {
      bySubject.clear();
      size = 0;
    },
  };
}
