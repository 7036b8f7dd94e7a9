// Measures what verifying costs a backend, without HTTP: signed tokens against fast-jwt without its cache, which checks the
// same signature and claims; remembered answers about encrypted tokens against the least that the job takes, one hash of the
// token and one look-up in a Map. `node bench/verify.ts`, as `npm run bench:verify`.

import { createSecretKey, generateKeyPairSync, hash, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { createVerifier as createJwtVerifier } from 'fast-jwt';
import { seal } from '../packages/services/src/scoped-auth/token/seal.ts';
import { tokenKey } from '../packages/services/src/scoped-auth/token/token-key.ts';
import { webPrimitives } from '../packages/verify/src/crypto/web-primitives.ts';
import { createVerifier, type VerifierOptions } from '../packages/verify/src/index.ts';
import { createVerifierWith } from '../packages/verify/src/verifier.ts';

const rounds = 41;
const account = `AC${'b'.repeat(32)}`;
const deployment = `DP${'b'.repeat(32)}`;
const typ = 'gangway-signed+jwt';
const url = 'http://gangway.internal:4002';
const nowSeconds = Math.floor(Date.now() / 1000);

/** One thing that is measured: verifies as many tokens as a round has. */
type Subject = () => Promise<void>;

function claims() {
  return {
    ...{ iss: 'gangway', aud: account, sub: randomUUID(), jti: randomUUID(), iat: nowSeconds, nbf: nowSeconds },
    ...{ exp: nowSeconds + 3600, dep: deployment, sid: randomUUID(), sst: nowSeconds, gen: 0, rfu: nowSeconds + 7200 },
    ...{ end: nowSeconds + 86_400, grants: [{ grant: 'chat' }] },
  };
}

const json = (value: unknown) => Response.json(value, { headers: { date: new Date().toUTCString() } });
const noRevocations = () =>
  json({ revocations: [], next: '0', more: false, asOf: new Date().toISOString(), accounts: [account] });

const algorithms = {
  EdDSA: { ...generateKeyPairSync('ed25519'), sign: (data: Buffer, key: KeyObject) => sign(null, data, key) },
  ES256: {
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    sign: (data: Buffer, key: KeyObject) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  },
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const requestWith = (token: string) => ({ method: 'POST', url: '/ask', headers: { authorization: `Bearer ${token}` } });

/** Verifies each request with a verifier of ours; throws where one is refused. */
function ours(requests: readonly ReturnType<typeof requestWith>[], options: VerifierOptions, make = createVerifier): Subject {
  const verifier = make(options);
  return async () => {
    for (const request of requests) {
      const verdict = await verifier.verify(request);
      if (!verdict.authorized) throw new Error(`A good token is refused: ${verdict.code}.`);
    }
  };
}

function signedSubjects(name: keyof typeof algorithms, count: number): Record<string, Subject> {
  const { privateKey, publicKey, sign: signBytes } = algorithms[name];
  const tokens = Array.from({ length: count }, () => {
    const input = `${encode({ alg: name, typ, kid: name })}.${encode(claims())}`;
    return `${input}.${signBytes(Buffer.from(input), privateKey).toString('base64url')}`;
  });
  const requests = tokens.map(requestWith);
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: name, use: 'sig', alg: name }] };
  const fetch: typeof globalThis.fetch = async (input) => (String(input).includes('Revocations') ? noRevocations() : json(keys));
  const alone: VerifierOptions = { url, accounts: [account], fetch };
  const verifyJwt = createJwtVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }),
    ...{ cache: false, algorithms: [name], allowedIss: 'gangway', allowedAud: account, checkTyp: typ },
    requiredClaims: Object.keys(claims()),
  });
  return {
    'fast-jwt': async () => {
      for (const { headers } of requests) {
        const token = headers.authorization.slice('Bearer '.length);
        if (verifyJwt(token).aud !== account) throw new Error('A good token is refused.');
      }
    },
    '@gangway/verify': ours(requests, alone),
    'with a credential': ours(requests, { url, credential: 'gwb_bench', fetch }),
    'by WebCrypto': ours(requests, alone, (options) => createVerifierWith(webPrimitives, options)),
  };
}

function rememberedSubjects(count: number): Record<string, Subject> {
  const key = tokenKey('bench.bench.1', createSecretKey(randomBytes(32)));
  const made = Array.from({ length: count }, () => {
    const body = claims();
    return { token: seal({ ...body, iss: 'gangway' }, key, randomBytes(12)), body };
  });
  const answers = new Map(
    made.map(({ token, body: { dep, sst, gen: _gen, rfu: _rfu, end: _end, ...rest } }) => [
      token,
      {
        active: true,
        ...rest,
        deployment_sid: dep,
        client_id: dep,
        session_started_at: sst,
        token_type: 'Bearer',
        scope: 'chat',
      },
    ]),
  );
  const fetch: typeof globalThis.fetch = async (input, init) =>
    String(input).includes('Revocations') ? noRevocations() : json(answers.get(JSON.parse(String(init?.body)).token));
  const byHash = new Map(made.map(({ token, body }) => [hash('sha256', token, 'base64url'), body]));
  const requests = made.map(({ token }) => requestWith(token));
  const options: VerifierOptions = { url, credential: 'gwb_bench', fetch };
  return {
    'a hash and a Map': async () => {
      for (const { token } of made)
        if (byHash.get(hash('sha256', token, 'base64url'))?.aud !== account) throw new Error('Not found.');
    },
    '@gangway/verify': ours(requests, options),
    'by WebCrypto': ours(requests, options, (given) => createVerifierWith(webPrimitives, given)),
  };
}

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Measures subjects in turn, round by round, so that a noisy machine slows all of them; the first is what others are compared
 * with. What counts is the processor's time, of all threads: WebCrypto works in others.
 */
async function compare(title: string, subjects: Record<string, Subject>, count: number): Promise<void> {
  const named = Object.entries(subjects);
  const measured = new Map(named.map(([name]): [string, number[]] => [name, []]));
  for (let warmUp = 0; warmUp < 5; warmUp += 1) for (const [, subject] of named) await subject();
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first changes from round to round.
    const first = round % named.length;
    for (const [name, subject] of [...named.slice(first), ...named.slice(0, first)]) {
      const before = process.cpuUsage();
      await subject();
      const { user, system } = process.cpuUsage(before);
      measured.get(name)?.push((user + system) / count);
    }
  }
  const [base] = named.map(([name]) => median(measured.get(name) ?? []));
  console.log(`\n${title}, median of ${rounds} rounds of ${count} in turn, processor time`);
  for (const [name, times] of measured) {
    const each = median(times);
    console.log(
      `${name.padEnd(20)} ${each.toFixed(2).padStart(8)} µs   ${(each / (base ?? 1)).toFixed(2)} times ${named[0]?.[0]}`,
    );
  }
}

for (const name of ['EdDSA', 'ES256'] as const) await compare(`a signed token, ${name}`, signedSubjects(name, 500), 500);
await compare('an encrypted token, its answer remembered', rememberedSubjects(5000), 5000);
process.exit(0);
