// What every runtime is promised of @gangway/verify, against a real node. Plain functions, no test framework: a runtime's own
// program imports the library, hands it in, and sends back what failed.

import type { NodeLikeRequest, Verdict, Verifier, VerifierOptions, Visitor } from '@gangway/verify';

/** The library as a runtime loaded it. */
export interface Library {
  createVerifier(options: VerifierOptions): Verifier;
}

/** The node that is asked. */
export interface Gangway {
  readonly publicUrl: string;
  readonly serviceUrl: string;
  readonly credential: string;
  readonly account: string;
  readonly encryptedKey: string;
  readonly signedKey: string;
}

/** What became of one promise. */
export interface Outcome {
  readonly name: string;
  readonly problem: string | undefined;
}

const backendUrl = 'https://chat.example';
const signals = {
  'x-webchat-sec-usersettings': '{}',
  'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1767225600000"}',
  'x-webchat-sec-decoders': '{}',
};

/** Runs all promises, one after the other. */
export async function runSuite(library: Library, gangway: Gangway): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, promise] of Object.entries(promises)) {
    const opened: Verifier[] = [];
    const asked: string[] = [];
    const make = (options: Partial<VerifierOptions> = {}): Verifier => {
      const counting: typeof fetch = (input, init) => {
        asked.push(new URL(String(input)).pathname);
        return fetch(input, init);
      };
      const { serviceUrl: url, credential } = gangway;
      const verifier = library.createVerifier({ url, credential, publicUrls: [backendUrl], fetch: counting, ...options });
      opened.push(verifier);
      return verifier;
    };
    const problem = await promise({ make, asked, gangway }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    for (const verifier of opened) verifier.close();
    outcomes.push({ name, problem });
  }
  return outcomes;
}

interface Bench {
  readonly make: (options?: Partial<VerifierOptions>) => Verifier;
  readonly asked: readonly string[];
  readonly gangway: Gangway;
}

const promises: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  async 'an encrypted token is asked about once, and remembered'({ make, asked, gangway }) {
    const { token, identity } = await createToken(gangway, gangway.encryptedKey);
    const verifier = make();
    for (let count = 0; count < 3; count += 1) is(visitorIn(await verifier.verify(bearer(token))).identity, identity);
    is(asked.filter((path) => path.endsWith('/introspect')).length, 1);
  },

  async 'a signed token is verified here'({ make, asked, gangway }) {
    const { token, identity } = await createToken(gangway, gangway.signedKey);
    const verifier = make();
    const visitor = visitorIn(await verifier.verify(bearer(token)));
    is([visitor.identity, visitor.account, visitor.proofChecked], [identity, gangway.account, false]);
    is(asked.includes('/v1/ScopedAuthTokens/introspect'), false);
  },

  async 'without a credential, a signed token of a named account counts, and of another not'({ make, gangway }) {
    const { token } = await createToken(gangway, gangway.signedKey);
    const alone = { url: gangway.publicUrl, credential: undefined };
    is(codeOf(await make({ ...alone, accounts: [gangway.account] }).verify(bearer(token))), 'authorized');
    is(codeOf(await make({ ...alone, accounts: [`AC${'e'.repeat(32)}`] }).verify(bearer(token))), 'invalid_token');
  },

  async 'a request as Node has it is read'({ make, gangway }) {
    const { token } = await createToken(gangway, gangway.encryptedKey);
    const request = (authorization: string): NodeLikeRequest => ({ method: 'POST', url: '/ask', headers: { authorization } });
    is(codeOf(await make().verify(request(`Bearer ${token}`))), 'authorized');
    is(codeOf(await make().verify(request(`Basic ${token}`))), 'invalid_token');
  },

  async 'altered tokens are refused'({ make, gangway }) {
    const verifier = make();
    for (const key of [gangway.encryptedKey, gangway.signedKey]) {
      const { token } = await createToken(gangway, key);
      for (let part = 0; part < token.split('.').length; part += 1) {
        const at =
          token
            .split('.')
            .slice(0, part + 1)
            .join('.').length - 2;
        const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        if (altered !== token && token[at] !== '.')
          is([part, codeOf(await verifier.verify(bearer(altered)))], [part, 'invalid_token']);
      }
      is(codeOf(await verifier.verify(bearer(`${token}=`))), 'invalid_token');
      is(codeOf(await verifier.verify(bearer(token))), 'authorized');
    }
  },

  async 'a bound token needs its proof, with a nonce, once'({ make, gangway }) {
    const verifier = make();
    for (const key of [gangway.encryptedKey, gangway.signedKey]) {
      const prove = await proofMaker();
      const { token } = await createToken(gangway, key, prove);
      const send = async (dpop: string | undefined, scheme = 'DPoP') =>
        verifier.verify(
          new Request(`${backendUrl}/ask?q=1`, { headers: { authorization: `${scheme} ${token}`, ...(dpop && { dpop }) } }),
        );
      const of = (nonce?: string, url = `${backendUrl}/ask`) => prove('GET', url, nonce, token);
      is(codeOf(await send(undefined)), 'invalid_dpop_proof');
      const refused = await send(await of());
      is(codeOf(refused), 'use_dpop_nonce');
      const nonce = refused.authorized ? undefined : refused.headers['DPoP-Nonce'];
      const proof = await of(nonce);
      is(visitorIn(await send(proof)).proofChecked, true);
      is(codeOf(await send(proof)), 'invalid_dpop_proof');
      is(codeOf(await send(await of(nonce), 'Bearer')), 'invalid_dpop_proof');
      is(codeOf(await send(await of(nonce, `${backendUrl}/other`))), 'invalid_dpop_proof');
      const other = await proofMaker();
      is(codeOf(await send(await other('GET', `${backendUrl}/ask`, nonce, token))), 'invalid_dpop_proof');
      is(codeOf(await send(await of(verifier.nonce()))), 'authorized');
    }
  },

  async 'replicas take the nonces of each other'({ make, gangway }) {
    const [one, other] = [make(), make()];
    const prove = await proofMaker();
    const { token } = await createToken(gangway, gangway.signedKey, prove);
    const refused = await one.verifyPresented({ token, method: 'GET', url: '/chat' });
    const nonce = refused.authorized ? undefined : refused.headers['DPoP-Nonce'];
    const proof = await prove('GET', `${backendUrl}/chat`, nonce, token);
    is(codeOf(await other.verifyPresented({ token, proof, method: 'GET', url: '/chat' })), 'authorized');
  },

  async 'a session that ends is told, and does not count from then on'({ make, gangway }) {
    for (const key of [gangway.encryptedKey, gangway.signedKey]) {
      const { token } = await createToken(gangway, key);
      const verifier = make();
      const visitor = visitorIn(await verifier.verify(bearer(token)));
      is(verifier.isAlive(visitor), true);
      const told = new Promise<void>((resolve, reject) => {
        verifier.onRevoked(visitor, resolve);
        setTimeout(() => reject(new Error('nobody told')), 5000);
      });
      await post(`${gangway.publicUrl}/v2/Webchat/Token/End`, { deploymentKey: key, token });
      await told;
      is([verifier.isAlive(visitor), codeOf(await verifier.verify(bearer(token)))], [false, 'invalid_token']);
    }
  },

  async 'nobody is let in while the service cannot be asked'({ make, gangway }) {
    const { token } = await createToken(gangway, gangway.encryptedKey);
    const away = make({ url: 'http://127.0.0.1:1', report: () => undefined });
    const verdict = await away.verify(bearer(token));
    is([codeOf(verdict), verdict.authorized || verdict.headers['Retry-After']], ['upstream_unavailable', '1']);
  },

  async 'a wrong credential lets nobody in'({ make, gangway }) {
    const { token } = await createToken(gangway, gangway.encryptedKey);
    const wrong = make({ credential: `${gangway.credential.slice(0, -4)}AAAA`, report: () => undefined });
    is(codeOf(await wrong.verify(bearer(token))), 'upstream_unavailable');
  },
};

function is(actual: unknown, expected: unknown): void {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (seen !== wanted) throw new Error(`expected ${wanted}, and it is ${seen}`);
}

function codeOf(verdict: Verdict): string {
  return verdict.authorized ? 'authorized' : verdict.code;
}

function visitorIn(verdict: Verdict): Visitor {
  if (!verdict.authorized) throw new Error(`refused: ${verdict.code}`);
  return verdict;
}

function bearer(token: string): Request {
  return new Request(`${backendUrl}/ask`, { headers: { authorization: `Bearer ${token}` } });
}

interface Created {
  readonly token: string;
  readonly identity: string;
}

/** Makes proofs with a key of its own. */
type ProofMaker = (method: string, url: string, nonce?: string, token?: string) => Promise<string>;

/** Asks the edge for a token, with a proof where there is a key. */
async function createToken({ publicUrl }: Gangway, deploymentKey: string, prove?: ProofMaker): Promise<Created> {
  const url = `${publicUrl}/v2/Webchat/Token`;
  let nonce: string | undefined;
  for (let tries = 0; tries < 2; tries += 1) {
    const headers: Record<string, string> = prove === undefined ? {} : { dpop: await prove('POST', url, nonce) };
    const answer = await post(url, { deploymentKey }, headers);
    nonce = answer.headers.get('dpop-nonce') ?? undefined;
    const body = (await answer.json()) as Created & { readonly code?: string };
    if (answer.ok) return body;
    if (body.code !== 'use_dpop_nonce') throw new Error(`no token: ${body.code}`);
  }
  throw new Error('no token');
}

function post(url: string, body: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signals, ...headers },
    body: JSON.stringify(body),
  });
}

async function proofMaker(): Promise<ProofMaker> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, crv, x, y } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  const encode = (bytes: Uint8Array) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  const utf8 = new TextEncoder();
  const part = (value: unknown) => encode(utf8.encode(JSON.stringify(value)));
  return async (htm, htu, nonce, token) => {
    const hash =
      token === undefined ? undefined : encode(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(token))));
    const claims = { jti: crypto.randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), nonce, ath: hash };
    const signed = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, utf8.encode(signed));
    return `${signed}.${encode(new Uint8Array(signature))}`;
  };
}
