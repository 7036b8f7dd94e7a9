// The seam to cryptography: what verifying needs of it, once by WebCrypto, which every runtime has, and once by Node's own
// module, which Node, Bun and Deno have too. WebCrypto answers later, by way of another thread, which costs more than a hash
// does; Node's answers at once. `npm run bench:verify` has the difference; primitives-here.ts chooses.

import type { Awaitable } from '../awaitable.ts';

/** A public key that verifies signatures. */
export interface PublicKey {
  /** Whether a signature is this key's for bytes, or a text in UTF-8. False, too, for a signature of another length. */
  verifies(data: string | Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Awaitable<boolean>;
}

/** The two algorithms of signed tokens; proofs are by the second alone. */
export type Algorithm = 'EdDSA' | 'ES256';

/** A public key as JWK (RFC 7517), reduced to the members that say which one it is. */
export type PublicJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

/** Bytes of a signature of either algorithm (RFC 8032, section 5.1.6; RFC 7518, section 3.4). */
export const signatureBytes = 64;

/** What verifying needs of cryptography. */
export interface Primitives {
  /** The SHA-256 of a text in UTF-8, as base64url. */
  sha256(text: string): Awaitable<string>;
  /** Makes a code of 32 bytes for data: HMAC with SHA-256 (RFC 2104) under a key. */
  hmacSha256(secret: Uint8Array<ArrayBuffer>): Awaitable<(data: Uint8Array<ArrayBuffer>) => Awaitable<Uint8Array>>;
  /** 32 bytes out of a secret, for one purpose (RFC 5869, no salt). */
  hkdfSha256(secret: Uint8Array<ArrayBuffer>, purpose: string): Awaitable<Uint8Array<ArrayBuffer>>;
  /** The key of a JWK, or undefined where it is none: a point that is not on the curve. */
  importKey(jwk: PublicJwk): Awaitable<PublicKey | undefined>;
}
