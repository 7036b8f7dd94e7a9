// The public keys of an environment as a JSON Web Key Set (RFC 7517), by which anybody verifies signed tokens. A key is
// in it long before it signs and until the last token that it signed is dead; a killed one is not.

import { type SigningKey, signingAlgorithm } from '../token/signing-key.ts';

/** A public Ed25519 key (RFC 8037, section 2). */
export interface PublicJsonWebKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** The public key, base64url. */
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: typeof signingAlgorithm;
}

/** What `/.well-known/jwks.json` serves. */
export interface JsonWebKeySet {
  readonly keys: readonly PublicJsonWebKey[];
}

/** Writes the public halves of signing keys. */
export function jsonWebKeySet(signingKeys: Iterable<SigningKey>): JsonWebKeySet {
  const keys = Array.from(signingKeys, ({ keyId, publicKey }): PublicJsonWebKey => {
    // The members are named one by one: an export of the wrong half can never carry `d` along.
    const { x } = publicKey.export({ format: 'jwk' });
    if (x === undefined) throw new TypeError('A signing key is not of Ed25519.');
    return { kty: 'OKP', crv: 'Ed25519', x, kid: keyId, use: 'sig', alg: signingAlgorithm };
  });
  return { keys };
}
