// Signs claims into a token that others verify without asking: compact JWS (RFC 7515, section 7.1) with Ed25519
// (RFC 8037). Its claims can be read by everybody, but for the signals of the browser.

import { sign as signBytes } from 'node:crypto';
import { type Claims, encodeClaims } from './claims.ts';
import { sealFingerprint } from './sealed-fingerprint.ts';
import type { SigningKey } from './signing-key.ts';

/** Bytes of an Ed25519 signature (RFC 8032, section 5.1.6). */
export const signatureBytes = 64;

/** Signs claims into a compact JWS. `fpt` goes into it encrypted, all other claims as they are. */
export function sign(claims: Claims, key: SigningKey): string {
  const readable = claims.fpt === undefined ? claims : { ...claims, fpt: sealFingerprint(key, claims.jti, claims.fpt) };
  return signText(encodeClaims(readable), key);
}

/** Signs any text into a compact JWS: what `sign` does once the claims are written. */
export function signText(payload: string, key: SigningKey): string {
  const signingInput = `${key.encodedHeader}.${Buffer.from(payload).toString('base64url')}`;
  const signature = signBytes(null, Buffer.from(signingInput, 'latin1'), key.privateKey);
  return `${signingInput}.${signature.toString('base64url')}`;
}
