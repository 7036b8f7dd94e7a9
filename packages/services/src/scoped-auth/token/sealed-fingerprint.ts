// The signals of a browser inside a signed token. Anybody can read such a token, and nobody but Scoped Auth needs to
// know what device it was made for: the `fpt` claim is encrypted, under a key that exists for this one token.

import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { hkdfSha256 } from '../keys/hkdf.ts';
import { decodeBase64url } from './base64url.ts';
import type { SigningKey } from './signing-key.ts';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Encrypts a fingerprint (AES-256-GCM). The key is derived from the token's id, so that no count of tokens wears it
 * out, and one token's signals mean nothing in another.
 * @returns iv, ciphertext and tag in base64url
 */
export function sealFingerprint({ fingerprintRoot }: SigningKey, tokenId: string, fingerprint: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', fingerprintKey(fingerprintRoot, tokenId), iv, { authTagLength: tagBytes });
  return Buffer.concat([iv, cipher.update(fingerprint, 'latin1'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Opens what `sealFingerprint` gave. Gives undefined for another key, another token, and anything altered. */
export function openFingerprint({ fingerprintRoot }: SigningKey, tokenId: string, sealed: string): string | undefined {
  const bytes = decodeBase64url(sealed);
  if (bytes === undefined || bytes.length < ivBytes + tagBytes) return undefined;
  const key = fingerprintKey(fingerprintRoot, tokenId);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const fingerprint = decipher.update(bytes.subarray(ivBytes, -tagBytes));
    decipher.final();
    return fingerprint.toString('latin1');
  } catch {
    return undefined;
  }
}

function fingerprintKey(fingerprintRoot: KeyObject, tokenId: string): KeyObject {
  return hkdfSha256(fingerprintRoot, new Uint8Array(), Buffer.from(`gangway/signed-fingerprint/v1 ${tokenId}`), 32);
}
