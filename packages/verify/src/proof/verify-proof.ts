// Verifies that whoever sends a request holds the key of its token: DPoP (RFC 9449, section 4.3), with ES256 alone and with
// nonces of ours instead of the client's clock. What costs little is judged first: without a living nonce nobody makes us
// check a signature, and without a signature nobody takes room in a memory.

import { decodeBase64url } from '../base64url.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { readJsonObject } from './json-object.ts';
import type { Nonces } from './nonces.ts';
import type { ProofKeys } from './proof-key.ts';
import type { ReplayMemory } from './replay-memory.ts';
import { isTargetUri } from './target-uri.ts';

/** A proof, and the request that it came with. */
export interface ProofRequest {
  readonly proof: string;
  readonly method: string;
  /** Every address under which the visitor may have sent the request. */
  readonly targets: readonly string[];
  readonly token: string;
  /** The key that the token is bound to (`cnf.jkt`). */
  readonly thumbprint: string;
}

export interface ProofDependencies {
  readonly proofKeys: ProofKeys;
  readonly nonces: Nonces;
  readonly replayMemory: ReplayMemory;
  readonly primitives: Pick<Primitives, 'sha256'>;
}

/** The verdict on a proof. Clients learn no more than that it is invalid. */
export type ProofVerdict = 'valid' | 'invalid' | 'nonce required' | 'memory full';

/** Longer proofs are refused before anything is decoded (characters). A usual one has about 600. */
const proofLengthMax = 4096;
const jtiLengthMax = 256;

/** Verifies a proof and remembers it as used. */
export async function verifyProof(request: ProofRequest, dependencies: ProofDependencies): Promise<ProofVerdict> {
  const { proof, method, targets, token, thumbprint } = request;
  const { proofKeys, nonces, replayMemory, primitives } = dependencies;
  const [encodedHeader, encodedPayload, encodedSignature, ...rest] = proof.length > proofLengthMax ? [] : proof.split('.');
  if (encodedHeader === undefined || encodedPayload === undefined || encodedSignature === undefined || rest.length > 0)
    return 'invalid';
  const claims = readProofClaims(encodedPayload);
  const signature = decodeBase64url(encodedSignature);
  if (claims === undefined || signature === undefined) return 'invalid';

  if (claims.htm !== method || !isTargetUri(claims.htu, targets)) return 'invalid';
  // Neither hash is a secret: the sender has the token, or has it not and can make no use of its hash.
  if (claims.ath !== (await primitives.sha256(token))) return 'invalid';
  const key = await proofKeys.find(encodedHeader);
  if (key === undefined || key.thumbprint !== thumbprint) return 'invalid';

  const usableUntilMs = claims.nonce === undefined ? undefined : await nonces.check(claims.nonce);
  if (usableUntilMs === undefined) return 'nonce required';
  if (!(await key.verifies(`${encodedHeader}.${encodedPayload}`, signature))) return 'invalid';
  proofKeys.keep(encodedHeader, key);
  // From the hash on nothing is awaited: of several requests at once with one proof, exactly one is the first.
  const memory = replayMemory.remember(await primitives.sha256(`${thumbprint} ${claims.jti}`), usableUntilMs);
  if (memory === 'full') return 'memory full';
  return memory === 'new' ? 'valid' : 'invalid';
}

interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly ath: string;
  readonly nonce: string | undefined;
}

/** Reads the payload of a proof (RFC 9449, section 4.2). Gives undefined where a claim is missing or of another type. */
function readProofClaims(encodedPayload: string): ProofClaims | undefined {
  const payload = readJsonObject(encodedPayload);
  if (payload === undefined) return undefined;
  const { jti, htm, htu, iat, ath, nonce } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > jtiLengthMax) return undefined;
  if (typeof htm !== 'string' || typeof htu !== 'string' || typeof ath !== 'string') return undefined;
  // Required, but never judged: the nonce tells the time, so that a client with a wrong clock works (section 4.3, step 11).
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return undefined;
  return nonce === undefined || typeof nonce === 'string' ? { jti, htm, htu, ath, nonce } : undefined;
}
