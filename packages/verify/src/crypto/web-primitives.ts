// Cryptography by WebCrypto: what every runtime has.

import { encodeBase64url } from '../base64url.ts';
import { type Primitives, type PublicJwk, type PublicKey, signatureBytes } from './primitives.ts';

const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();
const hmac = { name: 'HMAC', hash: 'SHA-256' } as const;

export const webPrimitives: Primitives = {
  async sha256(text) {
    return encodeBase64url(new Uint8Array(await subtle.digest('SHA-256', utf8.encode(text))));
  },

  async hmacSha256(secret) {
    const key = await subtle.importKey('raw', secret, hmac, false, ['sign']);
    return async (data) => new Uint8Array(await subtle.sign('HMAC', key, data));
  },

  async hkdfSha256(secret, purpose) {
    const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8.encode(purpose) };
    return new Uint8Array(await subtle.deriveBits(parameters, key, 256));
  },

  async importKey(jwk) {
    try {
      return await importPublicKey(jwk);
    } catch {
      return undefined;
    }
  },
};

async function importPublicKey(jwk: PublicJwk): Promise<PublicKey> {
  const algorithm = jwk.kty === 'OKP' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await subtle.importKey('jwk', { ...jwk }, algorithm, false, ['verify']);
  return {
    async verifies(data, signature) {
      return (
        signature.length === signatureBytes &&
        (await subtle.verify(algorithm, key, signature, typeof data === 'string' ? utf8.encode(data) : data))
      );
    },
  };
}
