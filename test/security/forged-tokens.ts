// Tokens that a forger makes of a real one and of what is public: another algorithm, another type, another key, a key
// named where only ours counts. Each with what the forger hopes for.

import { createCipheriv, createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A forged token and the trick in it. */
export type Forgery = readonly [trick: string, token: string];

/** What a forger has: real tokens of both kinds, and the published keys. */
export interface Loot {
  readonly encrypted: string;
  readonly signed: string;
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] };
}

const encode = (value: unknown) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))).toString('base64url');
const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

function hmac(algorithm: 'sha256' | 'sha384' | 'sha512', secret: string | Buffer, signed: string): string {
  return createHmac(algorithm, secret).update(signed).digest('base64url');
}

/** Seals a text as `dir`/A256GCM with a key of the forger's. */
function sealed(header: object, plaintext: string, key: Buffer, iv = randomBytes(12)): string {
  const encodedHeader = encode(header);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), iv);
  cipher.setAAD(Buffer.from(encodedHeader, 'latin1'));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return `${encodedHeader}..${encode(iv)}.${encode(ciphertext)}.${encode(cipher.getAuthTag())}`;
}

/** All forgeries of what a forger has. */
export function forgeries(loot: Loot): readonly Forgery[] {
  return [...confusedSignatures(loot), ...confusedEncryption(loot), ...keyTricks(loot), ...respelledHeaders(loot)];
}

function confusedSignatures({ encrypted, signed, jwks }: Loot): readonly Forgery[] {
  const [, payload = '', signature = ''] = signed.split('.');
  const header = decode(signed.split('.')[0]);
  const publicKey = jwks.keys.find(({ kid }) => kid === header.kid) ?? {};
  const raw = Buffer.from(publicKey.x ?? '', 'base64url');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  const secrets: [string, string | Buffer][] = [
    ['x', publicKey.x ?? ''],
    ['the raw key', raw],
    ['the DER', spki],
    ['the PEM', pem],
    ['the JWK', JSON.stringify(publicKey)],
    ['the JWKS', JSON.stringify(jwks)],
    ['nothing', ''],
  ];
  const nones = ['none', 'None', 'NONE', 'nOnE', '', null].flatMap((alg): Forgery[] => {
    const unsigned = `${encode({ ...header, alg })}.${payload}`;
    return [
      [`alg ${alg} without a signature`, `${unsigned}.`],
      [`alg ${alg} in two parts`, unsigned],
      [`alg ${alg} with the old signature`, `${unsigned}.${signature}`],
    ];
  });
  const hmacs = secrets.flatMap(([what, secret]) =>
    (['sha256', 'sha384', 'sha512'] as const).flatMap((algorithm): Forgery[] => {
      const alg = algorithm.replace('sha', 'HS');
      const confused = `${encode({ ...header, alg })}.${payload}`;
      const unchanged = `${encode(header)}.${payload}`;
      return [
        [`${alg} with ${what} of the public key as its secret`, `${confused}.${hmac(algorithm, secret, confused)}`],
        [`an HMAC under the old header (${alg}, ${what})`, `${unchanged}.${hmac(algorithm, secret, unchanged)}`],
        [`a JWS in place of a JWE (${alg}, ${what})`, jwsInPlaceOfJwe(encrypted, payload, alg, algorithm, secret)],
      ];
    }),
  );
  const { privateKey } = generateKeyPairSync('ed25519');
  const own = [header, { ...header, alg: 'Ed25519' }, { ...header, alg: 'ES256' }, { ...header, alg: 'RS256' }].map(
    (changed): Forgery => {
      const signingInput = `${encode(changed)}.${payload}`;
      return [
        `a signature by another key as ${changed.alg}`,
        `${signingInput}.${encode(sign(null, Buffer.from(signingInput), privateKey))}`,
      ];
    },
  );
  const zeros: Forgery = ['a signature of zeros', `${encode(header)}.${payload}.${encode(Buffer.alloc(64))}`];
  // The identity as R and 0 as S verifies under a public key of small order (RFC 8032, section 8.9).
  const identity: Forgery = [
    'a signature of the identity point',
    `${encode(header)}.${payload}.${encode(Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]))}`,
  ];
  return [...nones, ...hmacs, ...own, zeros, identity];
}

function jwsInPlaceOfJwe(
  encrypted: string,
  payload: string,
  alg: string,
  algorithm: 'sha256' | 'sha384' | 'sha512',
  secret: string | Buffer,
): string {
  const signingInput = `${encode({ ...decode(encrypted.split('.')[0]), alg })}.${payload}`;
  return `${signingInput}.${hmac(algorithm, secret, signingInput)}`;
}

function confusedEncryption({ encrypted, signed, jwks }: Loot): readonly Forgery[] {
  const [encodedHeader = '', , ...rest] = encrypted.split('.');
  const header = decode(encodedHeader);
  const claims = Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString();
  const changed = [
    ...['A128GCM', 'A192GCM', 'A256CBC-HS512', 'A128CBC-HS256', 'none', '', 'a256gcm'].map((enc) => ({ ...header, enc })),
    ...['none', 'RSA-OAEP', 'RSA1_5', 'ECDH-ES', 'A256KW', 'A256GCMKW', 'PBES2-HS256+A128KW', 'Dir', ''].map((alg) => ({
      ...header,
      alg,
    })),
    ...['JWT', 'gangway-signed+jwt', 'at+jwt', 'dpop+jwt', 'GANGWAY-ENCRYPTED+JWT', ''].map((typ) => ({ ...header, typ })),
    ...[{ zip: 'DEF' }, { crit: ['exp'] }, { crit: [] }, { cty: 'JWT' }, { b64: false }].map((more) => ({ ...header, ...more })),
    { alg: 'dir', enc: 'A256GCM', kid: header.kid },
  ];
  const keys: [string, Buffer][] = [
    ['zeros', Buffer.alloc(32)],
    ['the public key', Buffer.from(jwks.keys[0]?.x ?? '', 'base64url')],
    ['its own', randomBytes(32)],
  ];
  return [
    ...changed.map((other): Forgery => [`the header ${JSON.stringify(other)}`, `${encode(other)}..${rest.join('.')}`]),
    ...keys.map(([what, key]): Forgery => [`sealed with ${what}`, sealed(header, claims, key)]),
    ...keys.map(([what, key]): Forgery => [`sealed with ${what}, of nothing`, sealed(header, '', key)]),
    ['an encrypted key where there is none', `${encodedHeader}.${encode(randomBytes(40))}.${rest.join('.')}`],
    ['the signed header on encrypted parts', `${signed.split('.')[0]}..${rest.join('.')}`],
    ['the encrypted header on signed parts', `${encodedHeader}.${signed.split('.').slice(1).join('.')}`],
    ['one token inside the other', sealed({ ...header, cty: 'JWT' }, signed, Buffer.alloc(32))],
    ['the JSON form', JSON.stringify({ protected: encodedHeader, iv: rest[0], ciphertext: rest[1], tag: rest[2] })],
    [
      'the JSON form of a signature',
      JSON.stringify({ payload: signed.split('.')[1], signatures: [{ protected: signed.split('.')[0] }] }),
    ],
    ['a cut tag', encrypted.slice(0, -6)],
    ['a tag of one byte', encrypted.replace(/[^.]+$/, 'AA')],
    ['no tag', encrypted.replace(/[^.]+$/, '')],
  ];
}

function keyTricks({ encrypted, signed, jwks }: Loot): readonly Forgery[] {
  const [, payload = ''] = signed.split('.');
  const header = decode(signed.split('.')[0]);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = String(header.kid);
  const ids = [
    '',
    '../kek',
    '/dev/null',
    `${kid}\u0000`,
    ` ${kid}`,
    `${kid}.x`,
    "' OR '1'='1",
    '__proto__',
    'constructor',
    '0',
    ...jwks.keys.map((key) => key.kid),
  ];
  const headers = [
    { ...header, jwk },
    { ...header, jku: 'http://127.0.0.1:9/keys' },
    { ...header, x5u: 'http://127.0.0.1:9/keys' },
    { ...header, x5c: [encode('certificate')] },
    ...[null, 0, [], {}, [kid]].map((other) => ({ ...header, kid: other })),
    ...ids.map((other) => ({ ...header, kid: other })),
  ];
  const signedByForger = headers.map((changed): Forgery => {
    const signingInput = `${encode(changed)}.${payload}`;
    return [
      `signed by a forger under ${JSON.stringify(changed)}`,
      `${signingInput}.${encode(sign(null, Buffer.from(signingInput), privateKey))}`,
    ];
  });
  const [encodedHeader = '', , ...rest] = encrypted.split('.');
  const own = decode(encodedHeader);
  const [root, instance, epoch] = String(own.kid).split('.');
  const otherIds = [
    `${root}.${instance}.${Number(epoch) + 1}`,
    `${root}.${instance}.0${epoch}`,
    `${root}.${instance}`,
    root,
    `${instance}.${root}.${epoch}`,
    kid,
    `${kid}.${instance}.${epoch}`,
    '',
  ];
  const otherKeys = otherIds.map((id): Forgery => [`the kid ${id}`, `${encode({ ...own, kid: id })}..${rest.join('.')}`]);
  return [...signedByForger, ...otherKeys];
}

/** The same header to a lenient reader, with the right signature or tag behind it. */
function respelledHeaders({ encrypted, signed }: Loot): readonly Forgery[] {
  return [encrypted, signed].flatMap((token) => {
    const [encodedHeader = '', ...rest] = token.split('.');
    const text = Buffer.from(encodedHeader, 'base64url').toString();
    const { alg, ...others } = decode(encodedHeader);
    const spellings = [
      ` ${text}`,
      `${text}\n`,
      text.replace('{', '{ '),
      JSON.stringify({ ...others, alg }),
      text.replace('{', '{"alg":"none",'),
      text.replace('}', ',"alg":"none"}'),
      `\ufeff${text}`,
      text.replace('alg', '\\u0061lg'),
    ];
    return [
      ...spellings.map(
        (spelling): Forgery => [`the header spelt ${JSON.stringify(spelling)}`, [encode(spelling), ...rest].join('.')],
      ),
      ...['=', '==', ' ', '\n', '%00', '\u0000'].map(
        (more): Forgery => [`${JSON.stringify(more)} behind the header`, [`${encodedHeader}${more}`, ...rest].join('.')],
      ),
    ];
  });
}
