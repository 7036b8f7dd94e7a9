// A visitor made for the purpose of being robbed: it comes aboard, does what every visitor does, and everything that it
// sent is kept for the thief. Its key is not, for the browser does not give it away.

import type { Presentation } from '@gangway/example-chat/protocol';
import { collectSignals, type SignalHeaders } from '@gangway/sdk';
import { generateKeyPair, generateProof, type KeyPair } from 'dpop';
import { knockAtChat } from './chat-door.ts';
import { type EdgeAnswer, edgePaths, postToEdge } from './edge-request.ts';

/** Everything that a thief can copy who reads along, or who got the page's storage and logs. */
export interface Loot {
  /** The current token. */
  readonly token: string;
  readonly signals: SignalHeaders;
  /** The last proof to the edge, where the session has a key. */
  readonly proof: string | undefined;
  /** The first frame to the chat, where one runs. */
  readonly frame: Presentation | undefined;
}

/** A visitor who was robbed, and knows nothing of it. */
export interface ThrowAwayVisitor {
  readonly loot: Loot;
  /** Ends the session. */
  end(): Promise<void>;
}

/** Where it goes. */
export interface Destinations {
  readonly deploymentKey: string;
  /** Undefined where no chat runs. */
  readonly chatUrl: string | undefined;
}

/**
 * Comes aboard, refreshes once, and opens the chat once.
 * @param bound whether it makes a key, and binds its session to it
 * @returns undefined where the deployment requires a proof, and there is no key
 * @throws Error where it is not let in for another reason
 */
export async function comeAboard(
  bound: boolean,
  { deploymentKey, chatUrl }: Destinations,
): Promise<ThrowAwayVisitor | undefined> {
  const key = bound ? await generateKeyPair('ES256') : undefined;
  const signals = collectSignals(String(Date.now()));
  let nonce: string | undefined;
  let lastProof: string | undefined;

  const ask = async (path: string, token?: string): Promise<EdgeAnswer> => {
    const body = { deploymentKey, ...(token !== undefined && { token }) };
    let answer: EdgeAnswer;
    let tries = 0;
    do {
      lastProof = key && (await proofFor(key, new URL(path, location.href), 'POST', nonce, token));
      answer = await postToEdge(path, body, { ...signals, ...(lastProof !== undefined && { dpop: lastProof }) });
      nonce = answer.nonce ?? nonce;
      tries += 1;
    } while (answer.code === 'use_dpop_nonce' && tries < 2);
    return answer;
  };
  const answer = await ask(edgePaths.create);
  if (!bound && answer.status === 401) return undefined;
  const created = tokenOf(answer);
  // Who is bound to no key would make the token of the create an old one by this, and an old one is no loot.
  const token = bound ? tokenOf(await ask(edgePaths.refresh, created)) : created;
  const proof = lastProof;

  let frame: Presentation | undefined;
  if (chatUrl !== undefined) {
    const target = new URL(chatUrl.replace(/^ws/, 'http'));
    await knockAtChat(chatUrl, async (chatNonce) => {
      frame = { token, proof: key && (await proofFor(key, target, 'GET', chatNonce, token)) };
      return frame;
    });
  }
  return {
    loot: { token, signals, proof, frame },
    end: async () => {
      await ask(edgePaths.end, token);
    },
  };
}

function proofFor(key: KeyPair, url: URL, method: string, nonce: string | undefined, token: string | undefined): Promise<string> {
  return generateProof(key, `${url.origin}${url.pathname}`, method, nonce, token);
}

function tokenOf({ token, status, code }: EdgeAnswer): string {
  if (token !== undefined) return token;
  throw new Error(`not let in: ${status} ${code ?? ''}`);
}
