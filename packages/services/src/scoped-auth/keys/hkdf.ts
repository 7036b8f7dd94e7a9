// HKDF with SHA-256 (RFC 5869): how one root key becomes many keys that reveal nothing of each other or of the root.

import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Derives a key. A root key is uniformly random, so the salt may be empty (RFC 5869, section 3.1); `info` says what
 * the key is for. Throws if more than 255 * 32 bytes are asked for.
 */
export function hkdfSha256(root: KeyObject, salt: Uint8Array, info: Uint8Array, byteCount: number): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, salt, info, byteCount)));
}
