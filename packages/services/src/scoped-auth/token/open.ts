// Opens a token: the front door. Everything that comes here may be hostile, so it is bounded before it is decoded,
// compared before it is interpreted, and authenticated before it is read. Every failure is the same undefined.

import { createDecipheriv } from 'node:crypto';
import { tokenLengthMax } from '@gangway/contracts/scoped-auth';
import { decodeBase64url } from './base64url.ts';
import { type Claims, decodeClaims } from './claims.ts';
import { ivBytes, tagBytes } from './seal.ts';
import { claimedKeyId, type TokenKey } from './token-key.ts';

/** Where opening finds its keys. */
export interface OpeningKeys {
  /** The key of an id, or undefined where the id names none. Must cost little and keep nothing: the id may be forged. */
  openingKey(keyId: string): TokenKey | undefined;
  /** Tells that a tag verified under this key: its id was not forged, and the key is worth keeping. */
  keyVerified(key: TokenKey): void;
}

const dot = 46;
/** The header of the token before, which is most often that of the next: it need not be taken apart again. No secret. */
let latest: Pick<TokenKey, 'encodedHeader' | 'keyId'> | undefined;
const ivLength = Math.ceil((ivBytes * 4) / 3);
const tagLength = Math.ceil((tagBytes * 4) / 3);

/**
 * Opens a token and gives its claims, or undefined for whatever is not a token of ours, unaltered. Judges no dates.
 * Never throws and never says what was wrong: a reason would be an oracle for forgers.
 */
export function open(token: string, keys: OpeningKeys): Claims | undefined {
  if (token.length > tokenLengthMax) return undefined;
  const encodedHeader = token.slice(0, Math.max(0, token.indexOf('.')));
  const keyId = latest?.encodedHeader === encodedHeader ? latest.keyId : claimedKeyId(encodedHeader);
  const key = keyId === undefined ? undefined : keys.openingKey(keyId);
  if (key === undefined || key.encodedHeader !== encodedHeader) return undefined;
  const plaintext = decrypt(token, key);
  if (plaintext === undefined) return undefined;
  keys.keyVerified(key);
  if (latest?.encodedHeader !== encodedHeader) latest = { encodedHeader, keyId: key.keyId };
  return decodeClaims(plaintext);
}

/**
 * Decrypts a compact JWE whose header is known to be the key's own (RFC 7516, section 5.2). The parts have their
 * places from both ends: header, nothing, 12 bytes, ciphertext, 16 bytes. Gives undefined unless the tag verifies.
 */
export function decrypt(token: string, key: TokenKey): Buffer | undefined {
  const encryptedKeyStart = token.indexOf('.') + 1;
  const ivStart = encryptedKeyStart + 1;
  const ciphertextStart = ivStart + ivLength + 1;
  const tagStart = token.length - tagLength;
  if (
    encryptedKeyStart === 0 ||
    tagStart <= ciphertextStart ||
    // Direct encryption has no encrypted key: the second part is empty.
    token.charCodeAt(encryptedKeyStart) !== dot ||
    token.charCodeAt(ciphertextStart - 1) !== dot ||
    token.charCodeAt(tagStart - 1) !== dot
  ) {
    return undefined;
  }
  // A dot inside a part is not of the alphabet, so that there are five parts or none.
  const iv = decodeBase64url(token.slice(ivStart, ciphertextStart - 1));
  const ciphertext = decodeBase64url(token.slice(ciphertextStart, tagStart - 1));
  const tag = decodeBase64url(token.slice(tagStart));
  if (iv === undefined || ciphertext === undefined || tag === undefined) return undefined;

  const decipher = createDecipheriv('aes-256-gcm', key.secret, iv, { authTagLength: tagBytes });
  decipher.setAAD(key.additionalData);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    // Compares the tag in constant time, and throws if it is another.
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}
