// The keys that verify signed tokens (JWKS, RFC 7517): fetched when they are needed, looked at again before long, for a key
// that was killed is not in them any more. A token names its key before anything of it is known to be true, so that an
// unknown name leads to one fetch at a time, and not to one for each token.

import { encodeBase64url, isBase64url } from './base64url.ts';
import type { Moment, ServiceClock } from './clock.ts';
import type { Algorithm, Primitives, PublicJwk, PublicKey } from './crypto/primitives.ts';
import type { Service } from './service.ts';
import { isObject } from './token-facts.ts';

/** Where a token's key is found. */
export interface PublishedKeys {
  /**
   * The key whose tokens begin with this header, or undefined where there is none.
   * @throws ServiceProblem where the keys were not heard for too long, and cannot be
   */
  keyOf(encodedHeader: string): PublicKey | undefined | Promise<PublicKey | undefined>;
}

export interface PublishedKeysDependencies {
  readonly service: Pick<Service, 'publishedKeys'>;
  readonly primitives: Pick<Primitives, 'importKey'>;
  readonly serviceClock: Pick<ServiceClock, 'moment' | 'elapsedSince'>;
  /** Between two fetches for a name that is unknown, and after one that failed. */
  readonly refetchIntervalMs: number;
  /** Without hearing them again, keys count no longer than this. */
  readonly ageMaxMs: number;
  readonly report: (problem: unknown) => void;
}

/** Keys older than this are fetched again while the known ones go on serving; older than the second, before they do. */
const renewAfterMs = 30_000;
const awaitAfterMs = 60_000;
const keysMax = 64;
const headerLengthMax = 256;
const keyIdPattern = /^[\w-]{1,64}$/;
const headerPattern = /^\{"alg":"(EdDSA|ES256)","typ":"gangway-signed\+jwt","kid":"([\w-]{1,64})"\}$/;

/** Makes the memory of published keys. */
export function createPublishedKeys(dependencies: PublishedKeysDependencies): PublishedKeys {
  const { service, primitives, serviceClock, refetchIntervalMs, ageMaxMs, report } = dependencies;
  let keys: ReadonlyMap<string, PublicKey> = new Map();
  let heardAt: Moment | undefined;
  let triedAt: Moment | undefined;
  let fetching: Promise<void> | undefined;

  const ageMs = () => (heardAt === undefined ? Number.POSITIVE_INFINITY : serviceClock.elapsedSince(heardAt));
  const mayFetch = () => triedAt === undefined || serviceClock.elapsedSince(triedAt) >= refetchIntervalMs;

  async function fetchKeys(): Promise<void> {
    const askedAt = serviceClock.moment();
    triedAt = askedAt;
    const found = await service.publishedKeys();
    const imported = new Map<string, PublicKey>();
    for (const jwk of found.slice(0, keysMax)) {
      const named = readJwk(jwk);
      const key = named === undefined ? undefined : await primitives.importKey(named.jwk);
      if (named !== undefined && key !== undefined) imported.set(named.encodedHeader, key);
    }
    // All at once: what is not in the set any more was killed or has retired.
    keys = imported;
    heardAt = askedAt;
  }

  /** Fetches, or waits for the fetch that is under way. Does not fail: whoever needs the keys looks at their age. */
  function refresh(): Promise<void> {
    fetching ??= fetchKeys()
      .catch(report)
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  async function afterRefresh(encodedHeader: string): Promise<PublicKey | undefined> {
    if (fetching !== undefined || mayFetch()) await refresh();
    if (ageMs() > ageMaxMs) throw new UnknownKeys();
    return keys.get(encodedHeader);
  }

  return {
    keyOf(encodedHeader) {
      if (encodedHeader.length > headerLengthMax) return undefined;
      const key = keys.get(encodedHeader);
      const age = ageMs();
      if (key === undefined) return isHeader(encodedHeader) ? afterRefresh(encodedHeader) : undefined;
      if (age > awaitAfterMs) return afterRefresh(encodedHeader);
      if (age > renewAfterMs && mayFetch()) void refresh();
      return key;
    },
  };
}

/** The keys were never heard, or not for too long. */
export class UnknownKeys extends Error {
  override readonly name = 'UnknownKeys';
}

/** Whether a text could be the header of a token of ours under some key. Nothing in it is believed. */
function isHeader(encoded: string): boolean {
  if (!isBase64url(encoded)) return false;
  return headerPattern.test(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')));
}

/** A key of the set, and the one header that its tokens have, byte for byte; undefined for a key of any other kind or use. */
function readJwk(value: unknown): { readonly jwk: PublicJwk; readonly encodedHeader: string } | undefined {
  if (!isObject(value)) return undefined;
  const { kty, crv, x, y, kid, use, alg } = value;
  if (typeof kid !== 'string' || !keyIdPattern.test(kid) || typeof x !== 'string' || (use !== undefined && use !== 'sig'))
    return undefined;
  if (kty === 'OKP' && crv === 'Ed25519' && (alg === undefined || alg === 'EdDSA')) {
    return { jwk: { kty, crv, x }, encodedHeader: encodeHeader('EdDSA', kid) };
  }
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string' && (alg === undefined || alg === 'ES256')) {
    return { jwk: { kty, crv, x, y }, encodedHeader: encodeHeader('ES256', kid) };
  }
  return undefined;
}

/** The protected header of a signed token under a key of this id. */
function encodeHeader(algorithm: Algorithm, keyId: string): string {
  return encodeBase64url(new TextEncoder().encode(`{"alg":"${algorithm}","typ":"gangway-signed+jwt","kid":"${keyId}"}`));
}
