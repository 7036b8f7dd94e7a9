// Seals claims into a token: compact JWE (RFC 7516, section 7.1) with direct encryption (RFC 7518, section 4.5) and
// AES-256-GCM (RFC 7518, section 5.3). Half of the hot path; the other half is open.ts.

import { createCipheriv } from 'node:crypto';
import { type Claims, encodeClaims } from './claims.ts';
import type { TokenKey } from './token-key.ts';

/** Bytes of the initialization vector (RFC 7518, section 5.3). */
export const ivBytes = 12;
/** Bytes of the authentication tag. Named to Node because it would take shorter tags otherwise. */
export const tagBytes = 16;

/**
 * Seals claims into a compact JWE.
 *
 * @param iv 12 random bytes that this key has never seen: GCM under a repeated vector reveals both texts and the
 *   authentication key (NIST SP 800-38D, section 8).
 */
export function seal(claims: Claims, key: TokenKey, iv: Buffer): string {
  return encrypt(encodeClaims(claims), key, iv);
}

/** Encrypts any text into a compact JWE: what `seal` does once the claims are written. */
export function encrypt(plaintext: string, key: TokenKey, iv: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key.secret, iv, { authTagLength: tagBytes });
  cipher.setAAD(key.additionalData);
  // A stream mode gives all of its output at once; final() only completes the tag.
  const ciphertext = cipher.update(plaintext, 'utf8').toString('base64url');
  cipher.final();
  const tag = cipher.getAuthTag().toString('base64url');
  return `${key.encodedHeader}..${iv.toString('base64url')}.${ciphertext}.${tag}`;
}
