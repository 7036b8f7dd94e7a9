// Every check of RFC 9449, section 4.3, and what the contract adds: `ath` with every token, nonces instead of clocks.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startSeconds } from '../testing/fixtures.ts';
import { nonceLifeSeconds } from './nonces.ts';
import { createReplayMemory } from './replay-memory.ts';
import { athOf, encode, htu, payload, proofClient, proofServer } from './testing/proofs.ts';
import { type ProofFault, proofLengthMax } from './verify-proof.ts';

const server = proofServer();
const client = proofClient();
const other = proofClient();
const accessToken = 'eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc';
const nonce = server.nonces.issue();
const valid = { verdict: 'valid', thumbprint: client.thumbprint };
const invalid = (reason: ProofFault) => ({ verdict: 'invalid', reason });
const good = (changes: Readonly<Record<string, unknown>> = {}) => client.sign(client.header, payload(nonce, changes));

test('a good proof is valid and gives the thumbprint of its key', async () => {
  expect(await server.verify(good())).toEqual(valid);
});

describe('RFC 9449, section 4.3:', () => {
  test('1. two DPoP headers, which arrive joined by a comma, are refused', async () => {
    expect(await server.verify(`${good()}, ${good()}`)).toEqual(invalid('malformed'));
  });

  test.each([
    ['nothing', ''],
    ['no parts', encode(client.header)],
    ['two parts', good().split('.').slice(0, 2).join('.')],
    ['four parts', `${good()}.AAAA`],
    ['five parts, as of a JWE', `${good()}..AAAA`],
    ['a scheme before it', `DPoP ${good()}`],
    ['JSON instead of a compact JWS', JSON.stringify({ payload: encode(payload(nonce)), signatures: [] })],
    ['padding', `${good()}=`],
    ['white space', `${good()}\n`],
  ])('2. what is not one well-formed JWT is refused: %s', async (_name, proof) => {
    expect(await server.verify(proof)).toMatchObject({ verdict: 'invalid' });
  });

  test.each(['jti', 'htm', 'htu', 'iat'])('3. a proof without %s is refused', async (claim) => {
    expect(await server.verify(good({ [claim]: undefined }))).toEqual(invalid('claims'));
  });

  test.each([
    ['jti', 7],
    ['jti', ''],
    ['jti', 'x'.repeat(257)],
    ['htm', ['POST']],
    ['htu', { href: htu }],
    ['iat', '1893456000'],
    ['iat', null],
    ['ath', 1],
    ['ath', null],
    ['nonce', 5],
    ['nonce', [nonce]],
  ])('3. a claim of another type or length is refused: %s %j', async (claim, value) => {
    expect(await server.verify(good({ [claim]: value }))).toEqual(invalid('claims'));
  });

  test('3. a payload that is no object is refused', async () => {
    for (const value of [[], 'null', '7', '"text"', '', '{', '\ufeff{}']) {
      expect(await server.verify(client.sign(client.header, value))).toEqual(invalid('claims'));
    }
  });

  test.each([undefined, 'JWT', 'jwt', 'DPoP+JWT', 'application/dpop+jwt', 'dpop+jwt ', ['dpop+jwt'], null])(
    '4. typ %j is refused',
    async (typ) => {
      expect(await server.verify(client.sign({ ...client.header, typ }, payload(nonce)))).toEqual(invalid('header'));
    },
  );

  test.each([undefined, 'none', 'None', 'es256', 'ES384', 'ES256K', 'HS256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', ['ES256']])(
    '5. alg %j is refused',
    async (alg) => {
      expect(await server.verify(client.sign({ ...client.header, alg }, payload(nonce)))).toEqual(invalid('header'));
    },
  );

  test('5. alg none with an empty signature, and HS256 with the public key as its secret, are refused', async () => {
    const unsigned = `${encode({ ...client.header, alg: 'none' })}.${encode(payload(nonce))}.`;
    expect(await server.verify(unsigned)).toEqual(invalid('header'));
    expect(await server.verify(`${encode(client.header)}.${encode(payload(nonce))}.`)).toEqual(invalid('signature'));
    const keyed = `${encode({ ...client.header, alg: 'HS256' })}.${encode(payload(nonce))}`;
    const mac = createHmac('sha256', JSON.stringify(client.jwk)).update(keyed).digest('base64url');
    expect(await server.verify(`${keyed}.${mac}`)).toEqual(invalid('header'));
  });

  test('6. a signature by another key than the one in the header is refused', async () => {
    expect(await server.verify(other.sign(client.header, payload(nonce)))).toEqual(invalid('signature'));
  });

  test('6. a signature over another payload or another header is refused', async () => {
    const [header, , signature] = good().split('.');
    expect(await server.verify(`${header}.${encode(payload(nonce))}.${signature}`)).toEqual(invalid('signature'));
    const reordered = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk });
    expect(await server.verify(`${reordered}.${good().split('.').slice(1).join('.')}`)).toEqual(invalid('signature'));
  });

  test('6. a genuine signature in DER is refused', async () => {
    const signed = `${encode(client.header)}.${encode(payload(nonce))}`;
    const der = sign('sha256', Buffer.from(signed), client.privateKey);
    expect(await server.verify(`${signed}.${der.toString('base64url')}`)).toEqual(invalid('signature'));
  });

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('7. a key with the private member %s is refused', async (member) => {
    for (const value of [client.privateKey.export({ format: 'jwk' }).d, '', null]) {
      const header = { ...client.header, jwk: { ...client.jwk, [member]: value } };
      expect(await server.verify(client.sign(header, payload(nonce)))).toEqual(invalid('header'));
    }
  });

  test.each(['GET', 'post', 'Post', 'POST ', ''])('8. htm %j is refused at a POST', async (method) => {
    expect(await server.verify(good({ htm: method }))).toEqual(invalid('other method'));
  });

  test.each([
    ['another path', `${htu}/Refresh`],
    ['a path in another case', htu.toLowerCase()],
    ['another host', htu.replace('chat', 'shop')],
    ['another scheme', htu.replace('https', 'http')],
    ['another port', htu.replace('.example', '.example:8443')],
    ['a path alone', '/v2/Webchat/Token'],
    ['no address', 'token'],
  ])('9. htu is refused: %s', async (_name, uri) => {
    expect(await server.verify(good({ htu: uri }))).toEqual(invalid('other address'));
  });

  test('9. htu may be any public address, with a query and a fragment that are ignored', async () => {
    const htus = { htu: ['https://one.example/v2/Webchat/Token', htu] };
    expect(await server.verify(good({ htu: `${htu}?a=b#c` }), htus)).toEqual(valid);
    expect(await server.verify(good({ htu: 'HTTPS://ONE.example:443/v2/Webchat/Token' }), htus)).toEqual(valid);
    expect(await server.verify(good(), { htu: [] })).toEqual(invalid('other address'));
  });

  test('10. without a nonce, or with one that is not of ours, a nonce is required', async () => {
    for (const foreign of [undefined, '', 'nonce', `${nonce}A`, 'A'.repeat(28), nonce.toLowerCase()]) {
      expect(await server.verify(good({ nonce: foreign }))).toEqual({ verdict: 'nonce_required' });
    }
  });

  test.each([-1e9, -3600, -301, 301, 3600, 1e9])('11. a client whose clock is wrong by %d s works', async (seconds) => {
    expect(await server.verify(good({ iat: startSeconds + seconds }))).toEqual(valid);
    expect(await server.verify(good({ iat: startSeconds + seconds + 0.5 }))).toEqual(valid);
  });

  test('11. a proof is refused once its nonce has expired, whatever iat says', async () => {
    const later = proofServer();
    const late = (iat: number) => client.sign(client.header, payload(nonce, { iat }));
    later.clock.advanceSeconds(nonceLifeSeconds - 1);
    expect(await later.verify(late(startSeconds))).toEqual(valid);
    later.clock.advanceSeconds(1);
    for (const iat of [startSeconds, startSeconds + nonceLifeSeconds, startSeconds + 86_400]) {
      expect(await later.verify(late(iat))).toEqual({ verdict: 'nonce_required' });
    }
  });

  test('12. with a token, ath must be its hash', async () => {
    const request = { accessToken };
    expect(await server.verify(good({ ath: athOf(accessToken) }), request)).toEqual(valid);
    for (const ath of [undefined, '', athOf(`${accessToken}x`), `${athOf(accessToken)}=`, accessToken]) {
      expect(await server.verify(good({ ath }), request)).toEqual(invalid('other token'));
    }
  });

  test('12. without a token, a proof that was made for one is refused', async () => {
    expect(await server.verify(good({ ath: athOf(accessToken) }))).toEqual(invalid('other token'));
    expect(await server.verify(good({ ath: '' }))).toEqual(invalid('other token'));
  });

  test('12. with a bound token, a proof by another key is refused', async () => {
    const request = { accessToken, expectedThumbprint: client.thumbprint };
    const claims = () => payload(nonce, { ath: athOf(accessToken) });
    expect(await server.verify(client.sign(client.header, claims()), request)).toEqual(valid);
    expect(await server.verify(other.sign(other.header, claims()), request)).toEqual(invalid('other key'));
  });
});

describe('a proof counts once:', () => {
  test('a replay is refused for as long as its nonce lives, and needs another nonce afterwards', async () => {
    const own = proofServer();
    const proof = good();
    expect(await own.verify(proof)).toEqual(valid);
    expect(await own.verify(proof)).toEqual(invalid('replay'));
    own.clock.advanceSeconds(nonceLifeSeconds - 1);
    expect(await own.verify(proof)).toEqual(invalid('replay'));
    own.clock.advanceSeconds(1);
    expect(await own.verify(proof)).toEqual({ verdict: 'nonce_required' });
  });

  test('a jti counts once for a key, whatever else the proof says, and once for every other key', async () => {
    const claims = payload(nonce);
    expect(await server.verify(client.sign(client.header, claims))).toEqual(valid);
    expect(await server.verify(client.sign(client.header, { ...claims, iat: 1 }))).toEqual(invalid('replay'));
    expect(await server.verify(other.sign(other.header, claims))).toMatchObject({ verdict: 'valid' });
  });

  test('of fifty at once one is valid, also with a memory that answers later', async () => {
    const { clock } = server;
    const memory = createReplayMemory({ clock });
    const own = proofServer({ replayMemory: { remember: async (...entry) => memory.remember(...entry) } });
    const proof = good();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => own.verify(proof)));
    expect(verdicts.filter(({ verdict }) => verdict === 'valid')).toHaveLength(1);
  });

  test('a proof that was refused is not remembered', async () => {
    const own = proofServer();
    const proof = good();
    expect(await own.verify(proof, { htm: 'GET' })).toEqual(invalid('other method'));
    expect(await own.verify(proof, { expectedThumbprint: other.thumbprint })).toEqual(invalid('other key'));
    expect(await own.verify(proof)).toEqual(valid);
  });

  test('a memory that is full makes the proof fail instead of passing it unremembered', async () => {
    const own = proofServer({ replayMemory: createReplayMemory({ clock: server.clock, entriesMax: 1 }) });
    expect(await own.verify(good())).toEqual(valid);
    await expect(own.verify(good())).rejects.toMatchObject({ code: 'overloaded' });
  });
});

describe('what a header may hold:', () => {
  test.each([
    ['crit', { crit: ['exp'] }],
    ['b64', { b64: false }],
    ['kid', { kid: '1' }],
    ['jku', { jku: 'https://attacker.example/keys' }],
    ['x5c', { x5c: ['AAAA'] }],
    ['zip', { zip: 'DEF' }],
    ['nonce', { nonce }],
  ])('%s is refused', async (_name, more) => {
    expect(await server.verify(client.sign({ ...client.header, ...more }, payload(nonce)))).toEqual(invalid('header'));
  });

  test('no key, or a key that is no object, is refused', async () => {
    for (const jwk of [undefined, null, 'key', [client.jwk], {}]) {
      expect(await server.verify(client.sign({ ...client.header, jwk }, payload(nonce)))).toEqual(invalid('header'));
    }
    const { jwk: _jwk, ...keyless } = client.header;
    expect(await server.verify(client.sign({ ...keyless, kid: '1' }, payload(nonce)))).toEqual(invalid('header'));
  });

  test('members that describe the key, as browsers export them, are admitted and change no thumbprint', async () => {
    const described = { ...client.jwk, ext: true, key_ops: ['verify'], use: 'sig', alg: 'ES256', kid: '1' };
    expect(await server.verify(client.sign({ ...client.header, jwk: described }, payload(nonce)))).toEqual(valid);
  });

  test.each([
    ['a type of another key', { kty: 'OKP' }],
    ['another curve', { crv: 'P-384' }],
    ['another curve of that size', { crv: 'secp256k1' }],
    ['another use', { use: 'enc' }],
    ['another algorithm', { alg: 'ES384' }],
    ['other operations', { key_ops: ['sign'] }],
    ['operations that are no list', { key_ops: 'verify' }],
    ['a short coordinate', { x: Buffer.alloc(31, 1).toString('base64url') }],
    ['a long coordinate', { y: Buffer.alloc(33, 1).toString('base64url') }],
    ['a padded coordinate', { x: `${client.jwk.x}=` }],
    ['a coordinate that is no text', { x: 1 }],
    ['no coordinate', { y: undefined }],
  ])('a key with %s is refused', async (_name, changes) => {
    const header = { ...client.header, jwk: { ...client.jwk, ...changes } };
    expect(await server.verify(client.sign(header, payload(nonce)))).toEqual(invalid('header'));
  });

  test('keys of other kinds are refused, though they signed', async () => {
    const kinds = [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ];
    for (const { privateKey, publicKey } of kinds) {
      const signed = `${encode({ ...client.header, jwk: publicKey.export({ format: 'jwk' }) })}.${encode(payload(nonce))}`;
      const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
      const signature = sign(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      expect(await server.verify(`${signed}.${signature.toString('base64url')}`)).toEqual(invalid('header'));
    }
  });

  test('a point that is not on the curve is refused', async () => {
    const header = { ...client.header, jwk: { ...client.jwk, y: other.jwk.y } };
    expect(await server.verify(client.sign(header, payload(nonce)))).toEqual(invalid('signature'));
  });
});

test('a proof of exactly the greatest length is valid, and one character more is refused', async () => {
  const filled = (length: number) => good({ filler: 'x'.repeat(length) });
  let length = proofLengthMax / 2;
  while (filled(length + 1).length <= proofLengthMax) length += 1;
  expect(await server.verify(filled(length))).toEqual(valid);
  expect(await server.verify(filled(length + 2))).toEqual(invalid('malformed'));
});

test('claims that RFC 9449 does not know are admitted', async () => {
  expect(await server.verify(good({ client: { name: 'widget' }, tags: [1, { a: null }] }))).toEqual(valid);
});
