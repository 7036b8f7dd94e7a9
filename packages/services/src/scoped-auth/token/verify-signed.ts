// Verifies a signed token: the front door of open.ts for the other kind, by the same rules. Bounded before it is
// decoded, compared before it is interpreted, verified before it is read; every failure is the same undefined.

import { type KeyObject, verify as verifyBytes } from 'node:crypto';
import { tokenLengthMax } from '@gangway/contracts/scoped-auth';
import { decodeBase64url } from './base64url.ts';
import { type Claims, checkClaims } from './claims.ts';
import { openFingerprint } from './sealed-fingerprint.ts';
import { signatureBytes } from './sign.ts';
import { claimedSigningKeyId, type SigningKey } from './signing-key.ts';

/** Where verifying finds its keys. */
export interface VerifyingKeys {
  /** The key of an id, or undefined where the id names none. The id may be forged. */
  verifyingKey(keyId: string): SigningKey | undefined;
}

const dot = 46;
const signatureLength = Math.ceil((signatureBytes * 4) / 3);

/**
 * Verifies a signed token and gives its claims, the signals opened, or undefined for whatever is not a token of ours,
 * unaltered. Judges no dates. Never throws and never says what was wrong.
 */
export function verifySigned(token: string, keys: VerifyingKeys): Claims | undefined {
  if (token.length > tokenLengthMax) return undefined;
  const encodedHeader = token.slice(0, Math.max(0, token.indexOf('.')));
  const keyId = claimedSigningKeyId(encodedHeader);
  const key = keyId === undefined ? undefined : keys.verifyingKey(keyId);
  if (key === undefined || key.encodedHeader !== encodedHeader) return undefined;
  const payload = verifiedPayload(token, key.publicKey);
  return payload === undefined ? undefined : readClaims(payload, key);
}

/**
 * Gives the payload of a compact JWS whose header is known to be ours (RFC 7515, section 5.2), if its signature
 * verifies. The parts have their places from both ends: header, payload, 64 bytes.
 */
export function verifiedPayload(token: string, publicKey: KeyObject): Buffer | undefined {
  const payloadStart = token.indexOf('.') + 1;
  const signatureStart = token.length - signatureLength;
  if (payloadStart === 0 || signatureStart <= payloadStart || token.charCodeAt(signatureStart - 1) !== dot) return undefined;
  // A dot inside a part is not of the alphabet, so that there are three parts or none.
  const payload = decodeBase64url(token.slice(payloadStart, signatureStart - 1));
  const signature = decodeBase64url(token.slice(signatureStart));
  if (payload === undefined || signature === undefined) return undefined;
  const signingInput = Buffer.from(token.slice(0, signatureStart - 1), 'latin1');
  return verifySignature(signingInput, signature, publicKey) ? payload : undefined;
}

/** Whether an Ed25519 signature is of these bytes (RFC 8032, section 5.1.7). */
export function verifySignature(signed: Buffer, signature: Buffer, publicKey: KeyObject): boolean {
  return signature.length === signatureBytes && verifyBytes(null, signed, publicKey, signature);
}

function readClaims(payload: Buffer, key: SigningKey): Claims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('fpt' in value)) return checkClaims(value);
  const { jti, fpt: sealed } = value as { readonly jti?: unknown; readonly fpt: unknown };
  // Signals that cannot be opened are a token's end: without them it would pass for one that is bound to no browser.
  if (typeof jti !== 'string' || typeof sealed !== 'string') return undefined;
  const fpt = openFingerprint(key, jti, sealed);
  return fpt === undefined ? undefined : checkClaims({ ...value, fpt });
}
