// What a token says, whoever said it: its own claims where it is signed, the service where it is encrypted. Everything is
// checked here once; behind this file values are what their types say.

import type { Grants } from '@gangway/contracts/flex-configuration';
import type { Visitor } from './verdict.ts';

/** What verifying goes by. Times are in seconds since 1970 by the service's clock (RFC 7519 NumericDate). */
export interface TokenFacts {
  readonly identity: string;
  readonly account: string;
  readonly deployment: string;
  readonly grants: Grants;
  readonly session: string;
  readonly sessionStartedAt: number;
  readonly tokenId: string;
  readonly notBefore: number;
  readonly expiration: number;
  /** The thumbprint of the key that the token is bound to (RFC 9449, section 6.1); undefined: to none. */
  readonly proofKey: string | undefined;
}

/** The only issuer. */
const issuer = 'gangway';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const accountSid = /^AC[0-9a-f]{32}$/;
const deploymentSid = /^DP[0-9a-f]{32}$/;
const thumbprint = /^[\w-]{43}$/;
/** What a Date can express, in seconds. */
const numericDateMax = 8_640_000_000_000;
const grantsMax = 16;

type Members = Readonly<Record<string, unknown>>;

/** iss aud sub jti iat nbf exp dep sid sst gen rfu end grants; besides them, `fpt` and `cnf` may be there. */
const claimCount = 14;

/**
 * Reads the claims of a signed token. A claim that this version does not know might be a restriction, so it is refused
 * with all others that are not exactly as they should be.
 */
export function readClaims(value: unknown): TokenFacts | undefined {
  if (!isObject(value)) return undefined;
  const { iat, gen, rfu, end, fpt, cnf, dep, sst } = value;
  // Those that have to be there are looked at below, each: one more is one that is not known.
  if (Object.keys(value).length !== claimCount + (fpt === undefined ? 0 : 1) + (cnf === undefined ? 0 : 1)) return undefined;
  if (!isNumericDate(iat) || !isNumericDate(gen) || !isNumericDate(rfu) || !isNumericDate(end)) return undefined;
  // Encrypted signals: not for us, but of the type that they must be.
  if (fpt !== undefined && (typeof fpt !== 'string' || fpt === '')) return undefined;
  return readFacts(value, dep, sst);
}

/** Reads what the service says of a token that counts. What it says besides is of a later version, and no harm. */
export function readActiveToken(value: Members): TokenFacts | undefined {
  const facts = readFacts(value, value.deployment_sid, value.session_started_at);
  // Its word on the type, and the key: where they do not agree, one of them was lost on the way.
  return facts !== undefined && (value.token_type === 'DPoP') === (facts.proofKey !== undefined) ? facts : undefined;
}

function readFacts(value: Members, deployment: unknown, sessionStartedAt: unknown): TokenFacts | undefined {
  const { iss, aud: account, sub: identity, jti: tokenId, sid: session, nbf: notBefore, exp: expiration, grants, cnf } = value;
  if (iss !== issuer || !matches(account, accountSid) || !matches(deployment, deploymentSid)) return undefined;
  if (!matches(identity, uuid) || !matches(tokenId, uuid) || !matches(session, uuid)) return undefined;
  if (!isNumericDate(notBefore) || !isNumericDate(expiration) || !isNumericDate(sessionStartedAt)) return undefined;
  if (!areGrants(grants)) return undefined;
  const proofKey = readConfirmation(cnf);
  if (proofKey === null) return undefined;
  return { identity, account, deployment, grants, session, sessionStartedAt, tokenId, notBefore, expiration, proofKey };
}

/** The thumbprint in `cnf`; undefined where there is no `cnf`, null where it is of another shape: that is no token of ours. */
function readConfirmation(cnf: unknown): string | undefined | null {
  if (cnf === undefined) return undefined;
  if (!isObject(cnf) || Object.keys(cnf).length !== 1 || !matches(cnf.jkt, thumbprint)) return null;
  return cnf.jkt;
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isNumericDate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= numericDateMax;
}

function areGrants(value: unknown): value is Grants {
  return Array.isArray(value) && value.length <= grantsMax && value.every(isGrant);
}

function isGrant(value: unknown): boolean {
  return isObject(value) && typeof value.grant === 'string' && value.grant !== '';
}

/** Whether a value is a JSON object: no list, not null. */
export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The visitor that a token is of.
 * @param expiresAt milliseconds since 1970 by this machine's clock, as `verifiedAt`
 */
export function visitorOf(facts: TokenFacts, proofChecked: boolean, expiresAt: number, verifiedAt: number): Visitor {
  const { identity, account, deployment, grants, session, sessionStartedAt, tokenId, expiration } = facts;
  // Written out: this is made for every request with a signed token, and a spread takes longer.
  return {
    authorized: true,
    identity,
    account,
    deployment,
    grants,
    session,
    sessionStartedAt,
    tokenId,
    fingerprintChecked: false,
    proofChecked,
    expiresAt,
    expiration,
    verifiedAt,
  };
}

/** Freezes a value to its depth: one that serves many requests must not be changed by one of them. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}
