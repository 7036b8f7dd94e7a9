// The revocations in memory, as every validation asks them. It knows less than the store: neither reasons nor names.

import type { Claims } from '../token/claims.ts';
import { always, type CutoffTable, createCutoffTable } from './cutoff-table.ts';
import { type IdWords, readSid, readUuid } from './id-words.ts';
import { endsOnlyWhatHadBegun, type Revocation, type RevocationKind } from './revocation.ts';

/** The claims by which a token can be revoked. */
export type RevocableClaims = Pick<Claims, 'jti' | 'sid' | 'sub' | 'dep' | 'aud' | 'sst'>;

/** The index. */
export interface RevocationIndex {
  /**
   * Whether a token is revoked: itself, its session or its identity, or because its session had begun when its
   * deployment or account was revoked. The session's begin decides, not the token's: a node that has not heard of the
   * revocation yet may refresh the session meanwhile, and that token is dead as well. As NumericDates are whole
   * seconds, what began within the second of the revocation is dead.
   */
  isRevoked(claims: RevocableClaims): boolean;
  /** Adds a revocation, or what a repeated one changes. Passes over one that has expired. */
  add(revocation: Pick<Revocation, 'kind' | 'subject' | 'createdAtMs' | 'expiresAtMs'>, nowMs: number): void;
  /** Forgets some of what has expired; to be called about once a second. */
  sweep(nowMs: number): void;
  readonly size: number;
  /** Memory of the entries. */
  readonly bytes: number;
}

/** Makes an empty index. */
export function createRevocationIndex(): RevocationIndex {
  const tables: Readonly<Record<RevocationKind, CutoffTable>> = {
    token: createCutoffTable(),
    session: createCutoffTable(),
    identity: createCutoffTable(),
    deployment: createCutoffTable(),
    account: createCutoffTable(),
  };
  const { token, session, identity, deployment, account } = tables;
  const all = Object.values(tables);
  const id: IdWords = new Int32Array(4);

  const uuidCutoff = (table: CutoffTable, uuid: string): number => {
    if (table.size === 0) return -1;
    readUuid(uuid, id);
    return table.cutoffOf(id);
  };
  const sidCutoff = (table: CutoffTable, sid: string): number => {
    if (table.size === 0) return -1;
    readSid(sid, id);
    return table.cutoffOf(id);
  };

  return {
    isRevoked: ({ jti, sid, sub, dep, aud, sst }) =>
      uuidCutoff(session, sid) === always ||
      uuidCutoff(token, jti) === always ||
      uuidCutoff(identity, sub) === always ||
      sst <= sidCutoff(deployment, dep) ||
      sst <= sidCutoff(account, aud),

    add({ kind, subject, createdAtMs, expiresAtMs }, nowMs) {
      if (expiresAtMs < nowMs) return;
      const isOfOperator = endsOnlyWhatHadBegun(kind);
      (isOfOperator ? readSid : readUuid)(subject, id);
      tables[kind].set(id, isOfOperator ? Math.floor(createdAtMs / 1000) : always, expiresAtMs);
    },

    sweep(nowMs) {
      for (const table of all) table.sweep(nowMs);
    },
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get bytes() {
      return all.reduce((sum, { bytes }) => sum + bytes, 0);
    },
  };
}
