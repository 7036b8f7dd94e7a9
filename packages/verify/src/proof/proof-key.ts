// The key of a proof, out of the proof's own header, and a memory for keys that proved themselves: a client sends the same
// header with every proof, so that one that is known to the byte needs neither reading nor importing again.

import { decodeBase64url } from '../base64url.ts';
import type { Primitives, PublicJwk, PublicKey } from '../crypto/primitives.ts';
import { isObject } from '../token-facts.ts';
import { readJsonObject } from './json-object.ts';

/** A public key that signs proofs. Not trusted: whose it is, only its thumbprint in a token says. */
export interface ProofKey extends PublicKey {
  /** The JWK thumbprint (RFC 7638): the `jkt` of RFC 9449. */
  readonly thumbprint: string;
}

/** Where verifying finds its keys. */
export interface ProofKeys {
  /** The key in an encoded header, or undefined for a header that is none of a proof. Keeps nothing: it may be forged. */
  find(encodedHeader: string): ProofKey | undefined | Promise<ProofKey | undefined>;
  /** Tells that a signature verified under this key, and that it is worth keeping. */
  keep(encodedHeader: string, key: ProofKey): void;
}

/** Longer headers are refused: four times of what the members need. */
const headerLengthMax = 1024;
const coordinateBytes = 32;
const rememberedMax = 1024;
/** The private members of every type of key (RFC 7518, section 6): a proof that has one gives the key away. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Makes a bounded memory of keys; the one that was not used for the longest is forgotten first. */
export function createProofKeys(primitives: Pick<Primitives, 'sha256' | 'importKey'>): ProofKeys {
  const remembered = new Map<string, ProofKey>();
  return {
    find: (encodedHeader) => remembered.get(encodedHeader) ?? readProofHeader(encodedHeader, primitives),

    keep(encodedHeader, key) {
      remembered.delete(encodedHeader);
      remembered.set(encodedHeader, key);
      for (const oldest of remembered.keys()) {
        if (remembered.size <= rememberedMax) return;
        remembered.delete(oldest);
      }
    },
  };
}

/**
 * Reads the protected header of a proof (RFC 9449, section 4.2): exactly `typ`, `alg` and `jwk`, so that there is no `crit`,
 * `b64`, `jku` or `x5c` to be led astray by.
 */
async function readProofHeader(
  encodedHeader: string,
  primitives: Pick<Primitives, 'sha256' | 'importKey'>,
): Promise<ProofKey | undefined> {
  if (encodedHeader.length > headerLengthMax) return undefined;
  const header = readJsonObject(encodedHeader);
  if (header === undefined || Object.keys(header).length !== 3) return undefined;
  if (header.typ !== 'dpop+jwt' || header.alg !== 'ES256' || !isObject(header.jwk)) return undefined;
  const jwk = readPublicJwk(header.jwk);
  const key = jwk === undefined ? undefined : await primitives.importKey(jwk);
  if (jwk === undefined || key === undefined) return undefined;
  // Members in this order and nothing else (RFC 7638, section 3.2); base64url needs no escaping.
  const thumbprint = await primitives.sha256(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`);
  return { thumbprint, verifies: key.verifies };
}

/**
 * Reads a public P-256 key (RFC 7518, section 6.2.1). Members that describe the key are admitted, as browsers export them,
 * but must not speak against this use; private ones are refused.
 */
function readPublicJwk(jwk: Readonly<Record<string, unknown>>): Extract<PublicJwk, { kty: 'EC' }> | undefined {
  const { kty, crv, x, y, use, alg, key_ops: operations } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || !isCoordinate(x) || !isCoordinate(y)) return undefined;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return undefined;
  if ((use !== undefined && use !== 'sig') || (alg !== undefined && alg !== 'ES256')) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  return { kty, crv, x, y };
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64 && decodeBase64url(value)?.length === coordinateBytes;
}
