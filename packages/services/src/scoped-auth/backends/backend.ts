// A backend that may ask about tokens, as it is kept.

/** A backend. Of its credentials only hashes are kept; those of a revoked one are gone. */
export interface StoredBackend {
  readonly id: string;
  /** What it is, in the operator's words. */
  readonly name: string;
  /** The accounts whose tokens it may ask about: at least one. */
  readonly accounts: readonly string[];
  /** SHA-256 of the credential, in hexadecimal; empty once it is revoked, as is the other. */
  readonly hash: string;
  /** Of the credential before the last rotation, which counts until then; empty where there is none. */
  readonly formerHash: string;
  /** Milliseconds since 1970, as are the others; null where it never happened. */
  readonly formerUntilMs: number | null;
  readonly createdAtMs: number;
  readonly rotatedAtMs: number | null;
  readonly revokedAtMs: number | null;
}
