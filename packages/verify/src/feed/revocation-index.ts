// What is dead, as far as the feed told: asked for every request, in memory.

import type { Revocation, RevocationKind } from '../service.ts';
import type { TokenFacts } from '../token-facts.ts';

/** What a revocation is compared with: of a token's facts, or of a visitor. */
export type Revocable = Pick<TokenFacts, 'tokenId' | 'session' | 'identity' | 'deployment' | 'account' | 'sessionStartedAt'>;

/** The revocations that were heard. */
export interface RevocationIndex {
  readonly size: number;
  /** Adds one, or puts off its expiry and cutoff. False: there is no room, and nothing was added. */
  add(revocation: Revocation): boolean;
  isRevoked(revocable: Revocable): boolean;
  /** Forgets what no living token can be ended by. Milliseconds since 1970 by the service's clock. */
  sweep(nowMs: number): void;
  clear(): void;
}

interface Entry {
  readonly cutoff: number;
  readonly expiresAtMs: number;
}

type Entries = ReadonlyMap<RevocationKind, Map<string, Entry>>;

/** Makes an empty index of so many entries at most; each takes about 150 bytes. */
export function createRevocationIndex(entriesMax: number): RevocationIndex {
  const kinds = ['token', 'session', 'identity', 'deployment', 'account'] as const;
  const entries: Entries = new Map(kinds.map((kind) => [kind, new Map<string, Entry>()]));
  const [tokens, sessions, identities, deployments, accounts] = kinds.map(
    (kind) => entries.get(kind) ?? new Map<string, Entry>(),
  );
  let size = 0;

  const endsSince = (known: Map<string, Entry> | undefined, id: string, startedAt: number): boolean => {
    const entry = known?.get(id);
    return entry !== undefined && startedAt <= entry.cutoff;
  };

  return {
    get size() {
      return size;
    },

    add({ kind, subject, cutoff = Number.POSITIVE_INFINITY, expiresAtMs }) {
      const known = entries.get(kind);
      const before = known?.get(subject);
      if (before === undefined && size >= entriesMax) return false;
      if (before === undefined) size += 1;
      known?.set(subject, {
        cutoff: Math.max(cutoff, before?.cutoff ?? 0),
        expiresAtMs: Math.max(expiresAtMs, before?.expiresAtMs ?? 0),
      });
      return true;
    },

    isRevoked({ tokenId, session, identity, deployment, account, sessionStartedAt }) {
      if (size === 0) return false;
      return (
        tokens?.has(tokenId) === true ||
        sessions?.has(session) === true ||
        identities?.has(identity) === true ||
        endsSince(deployments, deployment, sessionStartedAt) ||
        endsSince(accounts, account, sessionStartedAt)
      );
    },

    sweep(nowMs) {
      for (const known of entries.values()) {
        for (const [subject, { expiresAtMs }] of known) {
          if (expiresAtMs >= nowMs) continue;
          known.delete(subject);
          size -= 1;
        }
      }
    },

    clear() {
      for (const known of entries.values()) known.clear();
      size = 0;
    },
  };
}
