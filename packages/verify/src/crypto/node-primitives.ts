// Cryptography by Node's module, which answers at once. It is asked for at run time, so that nothing here keeps a runtime
// without it from loading the package.

import type * as NodeCrypto from 'node:crypto';
import type { Primitives, PublicJwk, PublicKey } from './primitives.ts';
import { signatureBytes } from './primitives.ts';

const utf8 = new TextEncoder();
const noSalt = new Uint8Array();

/** Node's cryptography, or undefined where this runtime has none, or one of which only a part works. */
export function nodePrimitives(): Primitives | undefined {
  const crypto = findModule();
  return crypto === undefined ? undefined : primitivesOf(crypto);
}

function findModule(): typeof NodeCrypto | undefined {
  // Workers have the module behind a flag; their own cryptography is WebCrypto.
  if (globalThis.navigator?.userAgent === 'Cloudflare-Workers') return undefined;
  try {
    const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
    return typeof crypto?.hash === 'function' && typeof crypto.verify === 'function' ? crypto : undefined;
  } catch {
    return undefined;
  }
}

// What is as small as a token comes from a pool here, and leaves the collector of garbage in peace.
const { Buffer } = globalThis;

function primitivesOf({
  hash,
  createHmac,
  createSecretKey,
  hkdfSync,
  createPublicKey,
  createVerify,
  verify,
}: typeof NodeCrypto): Primitives {
  const importPublicKey = (jwk: PublicJwk): PublicKey => {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    if (jwk.kty === 'OKP') {
      return {
        verifies: (data, signature) => signature.length === signatureBytes && verify(null, bytesOf(data), key, signature),
      };
    }
    return {
      // In pieces, and with DER: half a microsecond each that the other way takes longer, of some fifty.
      verifies: (data, signature) =>
        signature.length === signatureBytes && createVerify('sha256').update(data).verify(key, derOf(signature)),
    };
  };
  return {
    sha256: (text) => hash('sha256', text, 'base64url'),

    hmacSha256(secret) {
      const key = createSecretKey(secret);
      return (data) => createHmac('sha256', key).update(data).digest();
    },

    hkdfSha256: (secret, purpose) => new Uint8Array(hkdfSync('sha256', secret, noSalt, utf8.encode(purpose), 32)),

    importKey(jwk) {
      try {
        return importPublicKey(jwk);
      } catch {
        return undefined;
      }
    },
  };
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}

const halfBytes = signatureBytes / 2;

/**
 * A signature of r and s side by side (RFC 7518, section 3.4) as the DER that OpenSSL wants: written here in a third of the
 * time that Node's option for it takes.
 */
function derOf(signature: Uint8Array): Uint8Array {
  const der = Buffer.allocUnsafe(2 + 2 * (2 + 1 + halfBytes));
  const afterR = putInteger(der, 2, signature, 0);
  const end = putInteger(der, afterR, signature, halfBytes);
  der[0] = 0x30;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** Writes one half as an INTEGER, without leading zeros but the one that keeps it positive (X.690, section 8.3). */
function putInteger(der: Uint8Array, at: number, signature: Uint8Array, from: number): number {
  const to = from + halfBytes;
  let start = from;
  while (start < to - 1 && signature[start] === 0) start += 1;
  const pad = (signature[start] ?? 0) >= 0x80 ? 1 : 0;
  der[at] = 0x02;
  der[at + 1] = to - start + pad;
  der[at + 2] = 0;
  const shift = at + 2 + pad - start;
  for (let byte = start; byte < to; byte += 1) der[byte + shift] = signature[byte] ?? 0;
  return to + shift;
}
