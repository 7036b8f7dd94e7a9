// What can be revoked, and what that means.

/**
 * What a revocation ends.
 * `token`: one token, by its `jti`; other tokens of the session live on. `session`, `identity`: everything of it, at once
 * and for good. `deployment`, `account`: every session that had begun by then; a visitor who comes later begins a new
 * one. So an operator signs everyone out without shutting anybody out; that is what disabling a deployment is for.
 *
 * Nothing is ever un-revoked. Its visitor gets a new token by asking for one, whereas a token that is dead today and
 * valid tomorrow could be trusted by nobody who was told that it is dead.
 */
export const revocationKinds = ['token', 'session', 'identity', 'deployment', 'account'] as const;
export type RevocationKind = (typeof revocationKinds)[number];

/** A revocation as it is kept. */
export interface Revocation {
  readonly kind: RevocationKind;
  /** The `jti`, session id or identity (a UUID, in lower case), or the sid of the deployment or account. */
  readonly subject: string;
  /** For the operator. Says nothing about a person. */
  readonly reason: string;
  /** Milliseconds since 1970. Sessions of a deployment or account that had begun by then are dead. */
  readonly createdAtMs: number;
  /** When no token that it ends can be alive any more: it may be forgotten then. Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Who made it: an operator, a backend, or the rule that did. */
  readonly madeBy: string;
}

/** A revocation in the feed. A later one has a higher sequence, on every node. */
export interface FeedEntry extends Revocation {
  readonly sequence: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const subjects: Readonly<Record<RevocationKind, RegExp>> = {
  token: uuid,
  session: uuid,
  identity: uuid,
  deployment: /^DP[0-9a-f]{32}$/,
  account: /^AC[0-9a-f]{32}$/,
};

/** Whether a text that came from a store or an operator is a kind. */
export function isRevocationKind(kind: string): kind is RevocationKind {
  return revocationKinds.some((known) => known === kind);
}

/** Whether a text can be the subject of a revocation of this kind. */
export function isSubjectOf(kind: RevocationKind, subject: string): boolean {
  return subjects[kind].test(subject);
}

/** Whether the kind ends only what had begun before the revocation; a repeated one then moves that moment. */
export function endsOnlyWhatHadBegun(kind: RevocationKind): boolean {
  return kind === 'deployment' || kind === 'account';
}
