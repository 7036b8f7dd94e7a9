// What a proof says (RFC 9449, section 4.2): the request that it was made for, and how fresh it is.

import { readJsonObject } from './json-object.ts';

/** The claims of a proof that are of use here. Others are admitted and ignored (RFC 7519, section 4). */
export interface ProofClaims {
  /** Names the proof: different in each. */
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** The hash of the token that the proof goes with. */
  readonly ath: string | undefined;
  readonly nonce: string | undefined;
}

const jtiLengthMax = 256;

/** Reads the payload of a proof. Gives undefined where a claim is missing or of another type. The caller bounds the length. */
export function readProofClaims(encodedPayload: string): ProofClaims | undefined {
  const payload = readJsonObject(encodedPayload);
  if (payload === undefined) return undefined;
  const { jti, htm, htu, iat, ath, nonce } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > jtiLengthMax) return undefined;
  if (typeof htm !== 'string' || typeof htu !== 'string') return undefined;
  // Required, but never judged: the nonce tells the time, so that a client with a wrong clock works (section 4.3, step 11).
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return undefined;
  if (!isOptionalText(ath) || !isOptionalText(nonce)) return undefined;
  return { jti, htm, htu, ath, nonce };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
