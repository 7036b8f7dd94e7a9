// What a token says. Registered claims where RFC 7519 or OpenID Connect has one, short private ones for the rest:
// every character is carried by every request of every visitor.

import { Fingerprint } from '@gangway/contracts/fingerprint';
import { Grants } from '@gangway/contracts/flex-configuration';
import { Thumbprint } from '@gangway/contracts/proof';
import { Identity } from '@gangway/contracts/scoped-auth';
import { AccountSid, DeploymentSid } from '@gangway/contracts/sids';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** The only issuer. */
export const issuer = 'gangway';

const Uuid = Type.String({ format: 'uuid' });
/** Seconds since 1970 (RFC 7519, section 2), within what a Date can express. */
const NumericDate = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000 });

/** The claims of an encrypted token. Nothing more is admitted: a claim that this version does not know might be a restriction. */
export const Claims = Type.Object(
  {
    iss: Type.Literal(issuer),
    aud: AccountSid,
    /** The visitor's identity. */
    sub: Identity,
    jti: Uuid,
    iat: NumericDate,
    nbf: NumericDate,
    exp: NumericDate,
    /** The deployment. */
    dep: DeploymentSid,
    /** The session (OpenID Connect Front-Channel Logout, section 3). */
    sid: Uuid,
    /** When the session started. */
    sst: Type.Integer({ minimum: 0 }),
    /** Generation: how often the session has been refreshed. */
    gen: Type.Integer({ minimum: 0 }),
    /** Refreshable until: the idle end of the session, unless it is refreshed. */
    rfu: Type.Integer({ minimum: 0 }),
    /** The absolute end of the session, however often it is refreshed. */
    end: Type.Integer({ minimum: 0 }),
    grants: Grants,
    /** The signals of the browser that the token is bound to, encoded as they came. Absent: bound to no browser. */
    fpt: Type.Optional(Fingerprint),
    /** The key that whoever presents the token must possess (RFC 7800; RFC 9449, section 6.1). Absent: bound to no key. */
    cnf: Type.Optional(Type.Object({ jkt: Thumbprint }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);
export type Claims = Static<typeof Claims>;

// That there is nothing more is looked up in a set: the compiled schema would try a pattern on each name, in four times the
// time.
const claimsCheck = Compile(Type.Object(Claims.properties));
const names: ReadonlySet<string> = new Set(Object.keys(Claims.properties));

/**
 * The claims as the text that is encrypted: what JSON.stringify gives, in a third of its time. All but the grants are
 * sids, UUIDs, base64url and whole numbers, in which nothing needs to be escaped; a property test holds it against
 * JSON.stringify.
 */
export function encodeClaims(claims: Claims): string {
  const { aud, sub, jti, iat, nbf, exp, dep, sid, sst, gen, rfu, end, grants, fpt, cnf } = claims;
  const bound = `${fpt === undefined ? '' : `,"fpt":"${fpt}"`}${cnf === undefined ? '' : `,"cnf":{"jkt":"${cnf.jkt}"}`}`;
  return `{"iss":"${issuer}","aud":"${aud}","sub":"${sub}","jti":"${jti}","iat":${iat},"nbf":${nbf},"exp":${exp},"dep":"${dep}","sid":"${sid}","sst":${sst},"gen":${gen},"rfu":${rfu},"end":${end},"grants":${encodeGrants(grants)}${bound}}`;
}

const encodedGrants = new WeakMap<Grants, string>();

/** The grants of a deployment are one object for as long as its configuration does not change. */
function encodeGrants(grants: Grants): string {
  const kept = encodedGrants.get(grants) ?? JSON.stringify(grants);
  encodedGrants.set(grants, kept);
  return kept;
}

/** Reads claims out of decrypted bytes. Gives undefined for anything that is not exactly an object of ours. */
export function decodeClaims(plaintext: Buffer): Claims | undefined {
  try {
    return checkClaims(JSON.parse(plaintext.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Gives a value back if it is exactly an object of ours. */
export function checkClaims(value: unknown): Claims | undefined {
  return claimsCheck.Check(value) && Object.keys(value).every((name) => names.has(name)) ? value : undefined;
}
