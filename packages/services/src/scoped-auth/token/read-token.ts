// Reads a token of either kind. Which one it is, its header says; each kind's own front door decides whether that is true.

import type { Claims } from './claims.ts';
import { type OpeningKeys, open } from './open.ts';
import { type VerifyingKeys, verifySigned } from './verify-signed.ts';

/** Opens an encrypted token or verifies a signed one: its claims, or undefined for whatever is neither. */
export function readToken(token: string, keys: OpeningKeys & VerifyingKeys): Claims | undefined {
  // A header of one kind is refused by the other before anything is decrypted or verified.
  return open(token, keys) ?? verifySigned(token, keys);
}
