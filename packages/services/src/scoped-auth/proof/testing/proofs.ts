// What the tests of proofs start from: a client that can sign anything, and a server with a clock that the test moves.

import { createSecretKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { type FakeClock, fakeClock, startSeconds } from '../../testing/fixtures.ts';
import { createNonces, deriveNonceKey, type Nonces } from '../nonces.ts';
import { createProofKeys } from '../proof-key.ts';
import { createReplayMemory } from '../replay-memory.ts';
import { type ProofDependencies, type ProofRequest, type ProofVerdict, verifyProof } from '../verify-proof.ts';

export const htm = 'POST';
export const htu = 'https://chat.example/v2/Webchat/Token';

/** Base64url of text, or of the JSON of anything else. */
export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

export function athOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url');
}

export interface ProofClient {
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  readonly thumbprint: string;
  /** Signs a header and a payload, be they sensible or not, with ES256. */
  sign(header: unknown, payload: unknown): string;
}

export function proofClient(): ProofClient {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const jwk = { kty, crv, x, y };
  return {
    privateKey,
    jwk,
    header: { alg: 'ES256', typ: 'dpop+jwt', jwk },
    thumbprint: hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url'),
    sign(header, payload) {
      const signed = `${encode(header)}.${encode(payload)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}

export interface ProofServer extends ProofDependencies {
  readonly clock: FakeClock;
  readonly nonces: Nonces;
  /** Verifies a proof for a create, unless the request says otherwise. */
  verify(proof: string, request?: Partial<ProofRequest>): Promise<ProofVerdict>;
}

export function proofServer(overrides: Partial<ProofDependencies> = {}): ProofServer {
  const clock = fakeClock();
  const issuing = deriveNonceKey(createSecretKey(Buffer.alloc(32, 7)));
  const nonces = createNonces({ clock, keys: () => ({ issuing, accepted: [] }), clockLeewaySeconds: 60 });
  const dependencies = { proofKeys: createProofKeys(), replayMemory: createReplayMemory({ clock }), ...overrides };
  return {
    ...dependencies,
    clock,
    nonces,
    verify: (proof, request) => verifyProof({ proof, htm, htu: [htu], ...request }, { nonces, ...dependencies }),
  };
}

let proofCount = 0;

/** The payload of a good proof for a create, with a `jti` of its own. */
export function payload(nonce: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  proofCount += 1;
  return { iat: startSeconds, jti: `proof-${proofCount}`, htm, nonce, htu, ...changes };
}
