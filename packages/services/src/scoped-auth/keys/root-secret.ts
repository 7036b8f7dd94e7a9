// Root keys, unwrapped: the secrets from which all keys of tokens are derived. They exist as KeyObjects only, which
// neither logs nor JSON show.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { type SigningKey, signingKey } from '../token/signing-key.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';
import type { WrappedRootKey } from './root-key.ts';

/** Bytes of a root key of either use. */
export const rootKeyBytes = 32;

/** An unwrapped root key, ready for its use. */
export type RootSecret =
  | { readonly use: 'enc'; readonly secret: KeyObject }
  | { readonly use: 'sig'; readonly signingKey: SigningKey };

/**
 * Unwraps a root key. Gives undefined if it was wrapped with another key-encryption key, or was altered; rejects where
 * the key-encryption key cannot be reached.
 */
export async function unwrapRootKey(
  kek: KeyEncryptionKey,
  { id, use, wrapped }: Pick<WrappedRootKey, 'id' | 'use' | 'wrapped'>,
): Promise<RootSecret | undefined> {
  const bytes = await kek.unwrap(id, wrapped);
  if (bytes?.length !== rootKeyBytes) return undefined;
  const secret = createSecretKey(bytes);
  bytes.fill(0);
  return use === 'enc' ? { use, secret } : { use, signingKey: signingKey(id, secret) };
}
