// Verifies that whoever sends a request holds a private key: DPoP (RFC 9449, section 4.3), with ES256 alone and with
// nonces of ours instead of the client's clock. What costs little is judged first: without a living nonce nobody makes
// us check a signature, and without a signature nobody takes room in a memory.

import { hash } from 'node:crypto';
import { decodeBase64url } from '../token/base64url.ts';
import type { Nonces } from './nonces.ts';
import { readProofClaims } from './proof-claims.ts';
import type { ProofKeys } from './proof-key.ts';
import type { ReplayMemory } from './replay-memory.ts';
import { isTargetUri } from './target-uri.ts';

/** Longer proofs are refused before anything is decoded (characters). A usual one has about 600. */
export const proofLengthMax = 4096;

/** A proof, and the request that it came with. */
export interface ProofRequest {
  /** The value of the `DPoP` header. */
  readonly proof: string;
  /** The method of the request. */
  readonly htm: string;
  /** Every address under which the visitor may have sent the request: one for each public address. */
  readonly htu: readonly string[];
  /** The token that the request presents. With one, the proof must have been made for it; without one, for none. */
  readonly accessToken?: string | undefined;
  /** The key that the token is bound to (`cnf.jkt`). Without one, any key will do. */
  readonly expectedThumbprint?: string | undefined;
}

/** What verifying needs. */
export interface ProofDependencies {
  readonly proofKeys: ProofKeys;
  readonly nonces: Pick<Nonces, 'check'>;
  readonly replayMemory: ReplayMemory;
}

/** Why a proof is invalid. For the log: clients learn no more than that it is. */
export type ProofFault =
  | 'malformed'
  | 'header'
  | 'claims'
  | 'other method'
  | 'other address'
  | 'other token'
  | 'other key'
  | 'signature'
  | 'replay';

/** The verdict on a proof. `thumbprint` is the key's (RFC 7638): what a token that it asks for is bound to. */
export type ProofVerdict =
  | { readonly verdict: 'valid'; readonly thumbprint: string }
  | { readonly verdict: 'nonce_required' }
  | { readonly verdict: 'invalid'; readonly reason: ProofFault };

/**
 * Verifies a proof and remembers it as used. `nonce_required` says that the proof, its signature not yet checked, lacks
 * a nonce of ours that is alive. Rejects only with the Refusal of a replay memory that cannot remember.
 */
export async function verifyProof(request: ProofRequest, dependencies: ProofDependencies): Promise<ProofVerdict> {
  const { proof, htm, htu, accessToken, expectedThumbprint } = request;
  const { proofKeys, nonces, replayMemory } = dependencies;

  const parts = splitProof(proof);
  if (parts === undefined) return invalid('malformed');
  const key = proofKeys.find(parts.encodedHeader);
  if (key === undefined) return invalid('header');
  const claims = readProofClaims(parts.encodedPayload);
  if (claims === undefined) return invalid('claims');

  if (claims.htm !== htm) return invalid('other method');
  if (!isTargetUri(claims.htu, htu)) return invalid('other address');
  // Neither hash is a secret: the sender has the token, or has it not and can make no use of its hash.
  if (claims.ath !== hashOf(accessToken)) return invalid('other token');
  if (expectedThumbprint !== undefined && key.thumbprint !== expectedThumbprint) return invalid('other key');

  const usableUntilMs = claims.nonce === undefined ? undefined : nonces.check(claims.nonce);
  if (usableUntilMs === undefined) return { verdict: 'nonce_required' };
  if (!key.verifies(parts.signedData, parts.signature)) return invalid('signature');
  proofKeys.keyVerified(key);
  if (!(await replayMemory.remember(key.thumbprint, claims.jti, usableUntilMs))) return invalid('replay');
  return { verdict: 'valid', thumbprint: key.thumbprint };
}

function invalid(reason: ProofFault): ProofVerdict {
  return { verdict: 'invalid', reason };
}

interface ProofParts {
  readonly encodedHeader: string;
  readonly encodedPayload: string;
  /** What the signature covers (RFC 7515, section 5.2, step 8). */
  readonly signedData: Buffer;
  readonly signature: Buffer;
}

/** Takes a compact JWS apart: three parts, the last in canonical base64url. The others are judged where they are read. */
function splitProof(proof: string): ProofParts | undefined {
  if (proof.length > proofLengthMax) return undefined;
  const firstDot = proof.indexOf('.');
  const lastDot = proof.lastIndexOf('.');
  if (firstDot === lastDot || proof.indexOf('.', firstDot + 1) !== lastDot) return undefined;
  const signature = decodeBase64url(proof.slice(lastDot + 1));
  if (signature === undefined) return undefined;
  return {
    encodedHeader: proof.slice(0, firstDot),
    encodedPayload: proof.slice(firstDot + 1, lastDot),
    signedData: Buffer.from(proof.slice(0, lastDot), 'latin1'),
    signature,
  };
}

/** `ath`: base64url of the SHA-256 hash of the token as it is written (RFC 9449, section 4.2). */
function hashOf(accessToken: string | undefined): string | undefined {
  return accessToken === undefined ? undefined : hash('sha256', accessToken, 'base64url');
}
