// A key that signs tokens and verifies them, with the protected header that goes with it. As with token-key.ts, the
// header is written here and nowhere else: verifying compares instead of interpreting.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { hkdfSha256 } from '../keys/hkdf.ts';

/** EdDSA (RFC 8037, section 3.1) with Ed25519, the only curve that its keys here have. */
export const signingAlgorithm = 'EdDSA';

/** One Ed25519 key pair, and all of a token that depends on the key alone. */
export interface SigningKey {
  /** The id of the root key from which it is derived. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** From it come the keys that hide the signals of signed tokens; see sealed-fingerprint.ts. */
  readonly fingerprintRoot: KeyObject;
  /** The first part of every token of this key. */
  readonly encodedHeader: string;
}

/** Ids of signing keys are never longer than this (characters of the base64url alphabet). */
export const signingKeyIdLengthMax = 12;

const beforeKeyId = `{"alg":"${signingAlgorithm}","typ":"gangway-signed+jwt","kid":"`;
const afterKeyId = '"}';
const encodedHeaderLengthMax = Math.ceil(((beforeKeyId.length + signingKeyIdLengthMax + afterKeyId.length) * 4) / 3);

// The DER of a PrivateKeyInfo for Ed25519 up to the 32 bytes of the private key (RFC 8410, section 7).
const privateKeyInfo = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Derives the signing key of a root key of use `sig`. The private key is derived, not the root key itself, so that what
 * else comes from the root (the key that hides signals) shares nothing with it.
 */
export function signingKey(keyId: string, root: KeyObject): SigningKey {
  const seed = hkdfSha256(root, new Uint8Array(), Buffer.from('gangway/signing/v1'), 32).export();
  const der = Buffer.concat([privateKeyInfo, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  return {
    keyId,
    privateKey,
    publicKey: createPublicKey(privateKey),
    fingerprintRoot: hkdfSha256(root, new Uint8Array(), Buffer.from('gangway/signed-fingerprint/v1'), 32),
    encodedHeader: encodeHeader(keyId),
  };
}

/** The protected header of a signed token under a key of this id. */
export function encodeHeader(keyId: string): string {
  return Buffer.from(beforeKeyId + keyId + afterKeyId, 'latin1').toString('base64url');
}

/**
 * Reads the key id out of an encoded header, or gives undefined. What it gives is only a claim: the caller finds the
 * key of that id and compares the whole header with the key's own.
 */
export function claimedSigningKeyId(encodedHeader: string): string | undefined {
  if (encodedHeader.length > encodedHeaderLengthMax) return undefined;
  const header = Buffer.from(encodedHeader, 'base64url').toString('latin1');
  if (!header.startsWith(beforeKeyId) || !header.endsWith(afterKeyId)) return undefined;
  return header.slice(beforeKeyId.length, -afterKeyId.length);
}
