// How one service proves to another who it is: a short-lived statement "caller, callee, expiry" under a MAC
// (HMAC-SHA256) with the secret that the operator's processes share.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Backend } from '@gangway/contracts/contract';
import { type Caller, type ServiceName, serviceNames } from '@gangway/contracts/participants';
import { type Clock, numericDate } from './clock.ts';

/** The scheme in the `Authorization` header. */
const credentialScheme = 'Gangway-Service';
const lifeSeconds = 60;
/** A credential is used again until this much of its life is left. */
const renewBeforeSeconds = 20;
const credentialLengthMax = 256;

/** Proves to a callee who the caller is. */
export type CredentialFor = (caller: ServiceName, callee: ServiceName) => string;

/** Who a credential speaks for: a service or the operator by name, a backend with what it may ask about. */
export type Credited = Exclude<Caller, 'backend'> | Backend;

/** Tells who a credential speaks for, or undefined where it does not hold at this callee now. */
export type VerifyCredential = (authorization: string | undefined, callee: ServiceName) => Credited | undefined;

const macOf = (secret: string, statement: string): Buffer =>
  createHmac('sha256', secret).update(`gangway/service-credential/v1.${statement}`).digest();

/** Makes credentials with the shared secret, and keeps each for most of its life. */
export function createCredentialIssuer(secret: string, clock: Clock): CredentialFor {
  const issued = new Map<string, { readonly credential: string; readonly renewAt: number }>();
  return (caller, callee) => {
    const now = numericDate(clock);
    const pair = `${caller}.${callee}`;
    const kept = issued.get(pair);
    if (kept !== undefined && now < kept.renewAt) return kept.credential;
    const statement = `${pair}.${now + lifeSeconds}`;
    const credential = `${credentialScheme} ${statement}.${macOf(secret, statement).toString('base64url')}`;
    issued.set(pair, { credential, renewAt: now + lifeSeconds - renewBeforeSeconds });
    return credential;
  };
}

/**
 * Checks credentials made with the same secret.
 * @param leewaySeconds how far the clocks of two machines may be apart
 */
export function createCredentialVerifier(secret: string, clock: Clock, leewaySeconds: number): VerifyCredential {
  const verified = new Map<string, Verified>();
  return (authorization, callee) => {
    if (authorization === undefined || authorization.length > credentialLengthMax) return undefined;
    const known = verified.get(authorization);
    const credential = known ?? verify(secret, authorization);
    if (credential === undefined) return undefined;
    if (known === undefined) {
      // Only what verified is remembered, and there are few callers: a hundred is more than a minute brings.
      if (verified.size >= verifiedMax) verified.clear();
      verified.set(authorization, credential);
    }
    const isCurrent = credential.expiry + leewaySeconds > numericDate(clock);
    return isCurrent && credential.callee === callee ? credential.caller : undefined;
  };
}

interface Verified {
  readonly caller: ServiceName | undefined;
  readonly callee: string;
  readonly expiry: number;
}

const verifiedMax = 100;

/** Takes a credential apart whose MAC holds. */
function verify(secret: string, authorization: string): Verified | undefined {
  const [scheme, credential = '', ...more] = authorization.split(' ');
  if (scheme !== credentialScheme || more.length > 0) return undefined;
  const [caller = '', callee = '', expiry = '', mac = '', ...rest] = credential.split('.');
  if (rest.length > 0) return undefined;
  const presented = Buffer.from(mac, 'base64url');
  const expected = macOf(secret, `${caller}.${callee}.${expiry}`);
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) return undefined;
  return { caller: serviceNames.find((name) => name === caller), callee, expiry: Number(expiry) };
}
