// A key that seals and opens tokens, with the protected header that goes with it. The header is written here and
// nowhere else, so that opening can compare instead of interpret: a header is ours, byte for byte, or it is refused.

import type { KeyObject } from 'node:crypto';

/** One AES-256-GCM key, and all of a token that depends on the key alone. */
export interface TokenKey {
  readonly keyId: string;
  /** 32 bytes. A KeyObject shows nothing of itself when it is logged by mistake. */
  readonly secret: KeyObject;
  /** The first part of every token of this key. */
  readonly encodedHeader: string;
  /** ASCII(encodedHeader), which the tag covers (RFC 7516, section 5.1, step 14). */
  readonly additionalData: Buffer;
}

/** Key ids are never longer than this (characters of the base64url alphabet, and dots). */
export const keyIdLengthMax = 40;

// The type says "an encrypted token of Gangway, which is a JWT", so that no other JWT under the same key is taken for
// one (RFC 8725, section 3.11; `+jwt` is the registered suffix).
const beforeKeyId = '{"alg":"dir","enc":"A256GCM","typ":"gangway-encrypted+jwt","kid":"';
const afterKeyId = '"}';
const encodedHeaderLengthMax = Math.ceil(((beforeKeyId.length + keyIdLengthMax + afterKeyId.length) * 4) / 3);

/** Completes a secret to a token key. Throws a RangeError unless it is of 32 bytes, which is all that A256GCM takes. */
export function tokenKey(keyId: string, secret: KeyObject): TokenKey {
  if (secret.symmetricKeySize !== 32) throw new RangeError('A key of A256GCM has 32 bytes.');
  const encodedHeader = Buffer.from(beforeKeyId + keyId + afterKeyId, 'latin1').toString('base64url');
  return { keyId, secret, encodedHeader, additionalData: Buffer.from(encodedHeader, 'latin1') };
}

/**
 * Reads the key id out of an encoded header, or gives undefined. What it gives is only a claim: the caller finds the
 * key of that id and compares the whole header with the key's own.
 */
export function claimedKeyId(encodedHeader: string): string | undefined {
  if (encodedHeader.length > encodedHeaderLengthMax) return undefined;
  const header = Buffer.from(encodedHeader, 'base64url').toString('latin1');
  if (!header.startsWith(beforeKeyId) || !header.endsWith(afterKeyId)) return undefined;
  return header.slice(beforeKeyId.length, -afterKeyId.length);
}
