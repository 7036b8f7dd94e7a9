// Wraps one key with another, for storage: AES-256-GCM over the key, bound to the id under which it is stored, so
// that whoever can write to the store cannot pass one root key off as another.

import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

const boundTo = (rootId: string): Buffer => Buffer.from(`gangway/root/v1 ${rootId}`);

/** Wraps a key. Gives iv, ciphertext and tag in base64url. */
export function wrapKey(wrappingKey: KeyObject, rootId: string, key: Uint8Array): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(rootId));
  return Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Unwraps what `wrapKey` gave. Gives undefined under another wrapping key, for another id, and for anything altered. */
export function unwrapKey(wrappingKey: KeyObject, rootId: string, wrapped: string): Buffer | undefined {
  const bytes = Buffer.from(wrapped, 'base64url');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(boundTo(rootId));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
