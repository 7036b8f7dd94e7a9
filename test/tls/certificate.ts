// Certificates for tests that speak TLS, made afresh in every run: no key lies in the repository, none expires, and no
// program has to be installed. It writes the little of X.509 (RFC 5280) that servers and browsers look at.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key. */
export interface Certificate {
  readonly name: string;
  /** The certificate, and its private key (both PEM). */
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
  /** The SHA-256 of the public key in base64, by which Chromium is told to accept just this one. */
  readonly publicKeyHash: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const commonName = '2.5.4.3';
const subjectAltName = '2.5.29.17';
const basicConstraints = '2.5.29.19';

/**
 * Makes the certificate of an authority.
 * @param issuer an authority above it; it signs itself where there is none
 */
export function createAuthority(name: string, issuer?: Certificate): Certificate {
  return issue(name, extension(basicConstraints, sequence(der(0x01, Buffer.from([0xff]))), { critical: true }), issuer);
}

/** Makes the certificate of a server for these host names, each of which may begin with `*.`. */
export function createServerCertificate(hosts: readonly string[], issuer: Certificate): Certificate {
  const names = hosts.map((host) => der(0x82, Buffer.from(host)));
  return issue(hosts[0] ?? '', extension(subjectAltName, sequence(...names)), issuer);
}

/** Writes and signs a certificate that counts from yesterday until tomorrow (RFC 5280, section 4.1). */
function issue(name: string, extensions: Buffer, issuer?: Certificate): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(objectId(ecdsaWithSha256));
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // a serial number that is positive
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(utcTime(Date.now() - dayMs), utcTime(Date.now() + dayMs)),
    distinguishedName(name),
    publicKeyInfo,
    der(0xa3, sequence(extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  return {
    name,
    cert: pem('CERTIFICATE', sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
    publicKeyHash: createHash('sha256').update(publicKeyInfo).digest('base64'),
  };
}

/** One value in DER: its tag, its length, its content (X.690, section 8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);

/** An object identifier: seven bits to a byte, the first two numbers in one (X.690, section 8.19). */
function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

const distinguishedName = (name: string) => sequence(der(0x31, sequence(objectId(commonName), der(0x0c, Buffer.from(name)))));

/** Right until 2049, when RFC 5280 wants another type. */
const utcTime = (ms: number) =>
  der(
    0x17,
    Buffer.from(
      `${new Date(ms)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );

const extension = (id: string, value: Buffer, { critical = false } = {}) =>
  sequence(objectId(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));

const pem = (label: string, bytes: Buffer) =>
  `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
