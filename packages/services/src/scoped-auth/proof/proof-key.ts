// The key of a proof, out of the proof's own header, and a memory for keys that proved themselves. A client sends the
// same header with every proof, so a header that is known to the byte needs neither reading nor importing again:
// that is half of the time that a proof takes.

import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { decodeBase64url } from '../token/base64url.ts';
import { isObject, type JsonObject, readJsonObject } from './json-object.ts';

/** A public key that signs proofs. Not secret, and not trusted: whose it is, only its thumbprint in a token says. */
export interface ProofKey {
  /** The header that it came in. */
  readonly encodedHeader: string;
  /** The key's JWK thumbprint (RFC 7638, SHA-256, base64url): 43 characters, the `jkt` of RFC 9449. */
  readonly thumbprint: string;
  /**
   * Whether a signature of 64 bytes, r and s (RFC 7518, section 3.4), is this key's for the data. False also where the
   * key is no point of the curve.
   */
  verifies(data: Uint8Array, signature: Uint8Array): boolean;
}

/** Where verifying finds its keys. */
export interface ProofKeys {
  /** The key in an encoded header, or undefined for a header that is none of a proof. Keeps nothing: it may be forged. */
  find(encodedHeader: string): ProofKey | undefined;
  /** Tells that a signature verified under this key, and that it is worth keeping. */
  keyVerified(key: ProofKey): void;
}

/** Longer headers are refused: four times of what the members need. */
const headerLengthMax = 1024;
const coordinateBytes = 32;
const signatureBytes = 64;
/** The private members of every type of key (RFC 7518, section 6): a proof that has one gives the key away. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * Makes a bounded memory of keys. Beyond `rememberedMax` the one that was not verified with for the longest is
 * forgotten, and costs one import when it is met again.
 */
export function createProofKeys({ rememberedMax = 4096 }: { readonly rememberedMax?: number } = {}): ProofKeys {
  const remembered = new Map<string, ProofKey>();
  return {
    find: (encodedHeader) => remembered.get(encodedHeader) ?? readProofHeader(encodedHeader),

    // Only from here, where a signature has verified: whoever floods with keys must have made and used each of them.
    keyVerified(key) {
      remembered.delete(key.encodedHeader);
      remembered.set(key.encodedHeader, key);
      if (remembered.size <= rememberedMax) return;
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    },
  };
}

/**
 * Reads the protected header of a proof (RFC 9449, section 4.2): exactly `typ`, `alg` and `jwk`, so that there is no
 * `crit`, `b64`, `jku` or `x5c` to be led astray by. Gives undefined for any other.
 */
export function readProofHeader(encodedHeader: string): ProofKey | undefined {
  if (encodedHeader.length > headerLengthMax) return undefined;
  const header = readJsonObject(encodedHeader);
  if (header === undefined || Object.keys(header).length !== 3) return undefined;
  if (header.typ !== 'dpop+jwt' || header.alg !== 'ES256' || !isObject(header.jwk)) return undefined;
  const point = readPublicJwk(header.jwk);
  return point === undefined ? undefined : proofKey(encodedHeader, point);
}

interface Point {
  readonly x: string;
  readonly y: string;
}

/**
 * Reads a public P-256 key (RFC 7518, section 6.2.1). Members that describe the key are admitted, as RFC 7517,
 * section 4 wants it and browsers export them, but must not speak against this use; private ones are refused. Gives
 * undefined for any other key; whether the point lies on the curve shows when it is first used.
 */
export function readPublicJwk(jwk: JsonObject): Point | undefined {
  const { kty, crv, x, y, use, alg, key_ops: operations } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || !isCoordinate(x) || !isCoordinate(y)) return undefined;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return undefined;
  if ((use !== undefined && use !== 'sig') || (alg !== undefined && alg !== 'ES256')) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  return { x, y };
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64 && decodeBase64url(value)?.length === coordinateBytes;
}

function proofKey(encodedHeader: string, { x, y }: Point): ProofKey {
  // Imported when it is first used: most forgeries are refused before.
  let publicKey: KeyObject | undefined;
  return {
    // A copy: a part of the proof's text would keep all of the proof in memory.
    encodedHeader: Buffer.from(encodedHeader, 'latin1').toString('latin1'),
    // Members in this order and nothing else (RFC 7638, section 3.2); base64url needs no escaping.
    thumbprint: hash('sha256', `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`, 'base64url'),
    verifies(data, signature) {
      if (signature.length !== signatureBytes) return false;
      publicKey ??= importPoint({ x, y });
      return publicKey !== undefined && verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    },
  };
}

function importPoint({ x, y }: Point): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
