// A visitor's browser that holds a key. Its proofs are made by the dpop package, unchanged, and it does what RFC 9449 asks
// of a client: it uses the freshest nonce that it was given, and repeats a request that was refused for want of one.

import { calculateThumbprint, generateKeyPair, generateProof, type KeyPair } from 'dpop';
import { type Answer, ask, chromeOnMac } from './visitor.ts';

/** What a proof is made for. What is left out is as it should be. */
export interface ProofTarget {
  readonly path: string;
  readonly token?: string | undefined;
  readonly nonce?: string | undefined;
  readonly method?: string;
  readonly publicUrl?: string;
}

/** A browser with a key. */
export interface ProofHolder {
  readonly thumbprint: string;
  /** Makes a proof, with the freshest nonce unless the target names one. */
  proof(target: ProofTarget): Promise<string>;
  /** Posts with a proof for the very request: for the token in its body, where there is one. */
  post(path: string, body: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/**
 * Makes a browser with a new key.
 * @param baseUrl where requests are sent; a function where that changes
 * @param publicUrl the address that visitors are told
 */
export async function createProofHolder(baseUrl: string | (() => string), publicUrl?: string): Promise<ProofHolder> {
  const sendTo = typeof baseUrl === 'string' ? () => baseUrl : baseUrl;
  const keyPair: KeyPair = await generateKeyPair('ES256');
  let freshest: string | undefined;

  const holder: ProofHolder = {
    thumbprint: await calculateThumbprint(keyPair.publicKey),
    proof: ({ path, token, method = 'POST', publicUrl: host = publicUrl ?? sendTo(), ...rest }) =>
      generateProof(keyPair, `${host}${path}`, method, 'nonce' in rest ? rest.nonce : freshest, token),

    async post(path, body, headers = chromeOnMac) {
      const token = body.token ?? body.Token;
      const send = async () => {
        const dpop = await holder.proof({ path, token: token === undefined ? undefined : String(token) });
        const answer = await ask(sendTo(), path, { headers: { ...headers, dpop }, body });
        freshest = answer.headers['dpop-nonce']?.toString() ?? freshest;
        return answer;
      };
      const answer = await send();
      return answer.body.code === 'use_dpop_nonce' ? send() : answer;
    },
  };
  return holder;
}
