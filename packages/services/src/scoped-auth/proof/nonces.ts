// Server nonces for proofs (RFC 9449, section 8), without a state: a nonce is the time of its making and a code that
// only nodes of this environment can compute. Each node accepts the nonces of every other; nothing is stored or shared.

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type Clock, numericDate } from '../../platform/clock.ts';
import { hkdfSha256 } from '../keys/hkdf.ts';
import { decodeBase64url } from '../token/base64url.ts';

/** Issues and checks nonces. */
export interface Nonces {
  /** A nonce of now, for `DPoP-Nonce`: 28 characters of base64url. */
  issue(): string;
  /**
   * Until when a nonce counts, in milliseconds since 1970 (exclusive). Undefined for one that is not of ours, has
   * expired, or is of a future beyond the leeway. Takes any text; never throws.
   */
  check(nonce: string): number | undefined;
}

/** The keys of nonces at one moment: 32 bytes each, from `deriveNonceKey`. */
export interface NonceKeys {
  readonly issuing: KeyObject;
  /** Former and coming keys, which only check. The issuing one is accepted in any case. */
  readonly accepted: readonly KeyObject[];
}

/** What nonces need. */
export interface NonceDependencies {
  readonly clock: Clock;
  /** Asked each time, since root keys rotate in living processes. Must cost little: keep the derived keys. */
  readonly keys: () => NonceKeys;
  /** By how many seconds the clock of the node that issued a nonce may be ahead. */
  readonly clockLeewaySeconds: number;
}

/** How long a nonce counts. */
export const nonceLifeSeconds = 300;

const timeBytes = 5;
// The left half of HMAC-SHA-256 is enough (RFC 2104, section 5). 5 + 16 bytes are 28 characters without unused bits.
const codeBytes = 16;
const nonceLength = 28;

/** Derives the nonce key of a root key: the same on all nodes, and of no use for anything else (RFC 5869). */
export function deriveNonceKey(root: KeyObject): KeyObject {
  return hkdfSha256(root, new Uint8Array(), Buffer.from('gangway/dpop-nonce/v1'), 32);
}

/** Makes the issuer and judge of nonces. */
export function createNonces({ clock, keys, clockLeewaySeconds }: NonceDependencies): Nonces {
  let issued: { readonly nonce: string; readonly atSeconds: number; readonly key: KeyObject } | undefined;
  return {
    // A nonce counts whole seconds, so all of one second are equal and one computation serves them. Sharing one is
    // fine: it dates a proof, and names neither the proof (`jti` does) nor the visitor.
    issue() {
      const atSeconds = numericDate(clock);
      const key = keys().issuing;
      if (issued?.atSeconds !== atSeconds || issued.key !== key) {
        const time = Buffer.alloc(timeBytes);
        time.writeUIntBE(atSeconds, 0, timeBytes);
        issued = { nonce: Buffer.concat([time, codeOf(time, key)]).toString('base64url'), atSeconds, key };
      }
      return issued.nonce;
    },

    check(nonce) {
      const bytes = nonce.length === nonceLength ? decodeBase64url(nonce) : undefined;
      if (bytes === undefined) return undefined;
      const issuedAtMs = bytes.readUIntBE(0, timeBytes) * 1000;
      const expiresAtMs = issuedAtMs + nonceLifeSeconds * 1000;
      // The time is nobody's secret. Judged first, it saves the computation for stale nonces, which are many.
      const nowMs = clock.now();
      if (nowMs >= expiresAtMs || nowMs < issuedAtMs - clockLeewaySeconds * 1000) return undefined;
      const { issuing, accepted } = keys();
      const time = bytes.subarray(0, timeBytes);
      const code = bytes.subarray(timeBytes);
      const isOurs = (key: KeyObject): boolean => timingSafeEqual(codeOf(time, key), code);
      return isOurs(issuing) || accepted.some(isOurs) ? expiresAtMs : undefined;
    },
  };
}

function codeOf(time: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(time).digest().subarray(0, codeBytes);
}
