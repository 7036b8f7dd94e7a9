// Nonces of this backend for proofs (RFC 9449, section 8), without a state: a nonce is the time of its making and a code that
// only this backend can compute. Its replicas share the key where they share the credential, so each takes the nonces of
// the others.

import { type Awaitable, after } from '../awaitable.ts';
import { decodeBase64url, encodeBase64url } from '../base64url.ts';
import type { Clock } from '../clock.ts';
import type { Primitives } from '../crypto/primitives.ts';

/** Issues and checks nonces. */
export interface Nonces {
  /** A nonce of now, for `DPoP-Nonce`. */
  issue(): string;
  /** Until when a nonce counts, in milliseconds since 1970; undefined for one that is none of ours, or has expired. */
  check(nonce: string): Awaitable<number | undefined>;
  /** Resolves once `issue` gives nonces that all replicas take. */
  ready(): Awaitable<void>;
}

/** How long a nonce counts. */
export const nonceLifeMs = 300_000;
/** By how much the clock of the replica that issued a nonce may be ahead. */
const leewayMs = 60_000;
/** A nonce dates a proof and names nobody: those of one moment may be equal. */
const renewAfterMs = 5000;
const timeBytes = 5;
// The left half of HMAC-SHA-256 is enough (RFC 2104, section 5). 5 + 16 bytes are 28 characters without unused bits.
const codeBytes = 16;
const nonceLength = 28;
const utf8 = new TextEncoder();

type Code = (data: Uint8Array<ArrayBuffer>) => Awaitable<Uint8Array>;

/**
 * Makes the nonces of a backend.
 * @param secret what all replicas share: at least 32 bytes that nobody can guess. Undefined: this process alone has one
 */
export function createNonces(
  primitives: Pick<Primitives, 'hmacSha256' | 'hkdfSha256'>,
  clock: Pick<Clock, 'now'>,
  secret: string | undefined,
): Nonces {
  let code: Awaitable<Code> | undefined;
  let issued: { readonly nonce: string; readonly atMs: number } | undefined;
  // What was issued before the key was there: WebCrypto answers later, and a nonce may be wanted at once. They are this
  // process's alone.
  const early = new Map<string, number>();

  // Not before it is needed: Workers have no random bytes and no cryptography while they load their modules.
  function deriveCode(): Awaitable<Code> {
    const bytes = secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : utf8.encode(secret);
    return after(primitives.hkdfSha256(bytes, 'gangway/verify/dpop-nonce/v1'), primitives.hmacSha256);
  }

  function codeOf(time: Uint8Array<ArrayBuffer>): Awaitable<Uint8Array> {
    code ??= deriveCode();
    return after(code, (compute) => after(compute(time), (whole) => whole.subarray(0, codeBytes)));
  }

  function renew(): Awaitable<void> {
    const atMs = Math.floor(clock.now() / 1000) * 1000;
    const time = timeOf(atMs / 1000);
    return after(codeOf(time), (ending) => {
      issued = { nonce: encodeBase64url(joined(time, ending)), atMs };
    });
  }

  function forgetEarly(nowMs: number): void {
    for (const [nonce, untilMs] of early) if (nowMs >= untilMs) early.delete(nonce);
  }

  function issueEarly(): string {
    const nowMs = clock.now();
    forgetEarly(nowMs);
    // One is enough for all who ask before the key is there, as long as they have time to use it.
    for (const [known, untilMs] of early) if (untilMs - nowMs > nonceLifeMs / 2) return known;
    const nonce = encodeBase64url(crypto.getRandomValues(new Uint8Array(timeBytes + codeBytes)));
    early.set(nonce, nowMs + nonceLifeMs);
    return nonce;
  }

  const isFresh = (): boolean => {
    const age = issued === undefined ? -1 : clock.now() - issued.atMs;
    return age >= 0 && age < renewAfterMs;
  };

  return {
    ready: () => (isFresh() ? undefined : renew()),

    issue() {
      if (!isFresh()) void renew();
      if (issued === undefined || clock.now() - issued.atMs >= nonceLifeMs / 2) return issueEarly();
      return issued.nonce;
    },

    check(nonce) {
      const nowMs = clock.now();
      forgetEarly(nowMs);
      const bytes = nonce.length === nonceLength ? decodeBase64url(nonce) : undefined;
      if (bytes === undefined) return undefined;
      const untilMs = early.get(nonce);
      if (untilMs !== undefined) return untilMs;
      const time = bytes.slice(0, timeBytes);
      const issuedAtMs = time.reduce((value, byte) => value * 256 + byte, 0) * 1000;
      // The time is nobody's secret. Judged first, it saves the computation for stale nonces, which are many.
      if (nowMs >= issuedAtMs + nonceLifeMs || nowMs < issuedAtMs - leewayMs) return undefined;
      return after(codeOf(time), (ending) => (isSame(ending, bytes.subarray(timeBytes)) ? issuedAtMs + nonceLifeMs : undefined));
    },
  };
}

function timeOf(seconds: number): Uint8Array<ArrayBuffer> {
  const time = new Uint8Array(timeBytes);
  for (let at = timeBytes - 1, rest = seconds; at >= 0; at -= 1, rest = Math.floor(rest / 256)) time[at] = rest % 256;
  return time;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}

/** Compares in a time that tells nothing of where they differ. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) difference |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return difference === 0;
}
