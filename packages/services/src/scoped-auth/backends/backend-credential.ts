// The credential of a backend: `gwb_<id>_<secret>`. The prefix lets scanners of leaked secrets find it, the id says whose it
// is without a search.

import { hash, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from '../random.ts';

const idBytes = 8;
const secretBytes = 32;
const credentialPattern = /^gwb_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const bearer = /^bearer /i;

/** Makes an id: 16 hexadecimal digits. It is no secret. */
export function newBackendId(randomBytes: RandomBytes): string {
  return randomBytes(idBytes).toString('hex');
}

/** Makes a credential, with 256 bits that nobody can guess. */
export function newCredential(id: string, randomBytes: RandomBytes): string {
  return `gwb_${id}_${randomBytes(secretBytes).toString('base64url')}`;
}

/**
 * The hash that is kept in place of a credential. A plain SHA-256: slow hashes make guesses dear where a person chose the
 * secret; of 256 random bits no guess is ever right, and a slow hash would be a way to keep us busy.
 */
export function hashCredential(credential: string): Buffer {
  return hash('sha256', credential, 'buffer');
}

/** Whose credential a text claims to be, or undefined where it is none. */
export function claimedBackendId(credential: string): string | undefined {
  return credentialPattern.exec(credential)?.[1];
}

/** Whether a hash of what was shown is the one that is kept; an empty one is nobody's. In constant time. */
export function isSameHash(shown: Buffer, kept: Buffer): boolean {
  return shown.length === kept.length && timingSafeEqual(shown, kept);
}

/** The credential in an `Authorization` header of the scheme Bearer (RFC 6750, section 2.1), or undefined. */
export function credentialIn(authorization: string | undefined): string | undefined {
  return authorization !== undefined && bearer.test(authorization) ? authorization.slice('Bearer '.length) : undefined;
}
