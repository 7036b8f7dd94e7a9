// Proofs of possession (RFC 9449): a key that this browser can use and not give away, made for one session and forgotten
// with it. This is the part that the smaller build leaves out.

import { generateKeyPair, generateProof } from 'dpop';
import type { Presentation, SendWith } from './edge.ts';
import { GangwayError, messageOf } from './gangway-error.ts';
import { browserKeyStore, type KeyStore } from './key-store.ts';
import { explainMissingProof } from './missing-proof.ts';
import { refusalCodeOf } from './refusal-code.ts';
import type { SessionClock } from './session-clock.ts';

/** The number of a key; undefined for a session that is bound to none. */
export type KeyNumber = number | undefined;

/** Makes, uses and forgets keys, by their numbers. */
export interface ProofKeys {
  /**
   * Begins a session with a new key, where this browser can keep one and the deployment looks at it.
   * @param lasting whether the session outlives the page; if not, neither has the key to
   * @param create asks for a session that is to be bound to that key, or to none
   * @returns what `create` gave, with the key that the session is bound to
   * @throws GangwayError `proof_unavailable` where the deployment requires a key and there is none; else what `create` throws
   */
  begin<Session extends Bound>(lasting: boolean, create: (key: KeyNumber) => Promise<Session>): Promise<Session>;
  /**
   * A proof for one request; undefined without a key.
   * @param nonce by default the freshest that the origin of the request gave
   * @throws GangwayError `proof_key_lost`, or `proof_unavailable` where the store cannot be read at this moment
   */
  prove(key: KeyNumber, request: Presentation, nonce?: string): Promise<string | undefined>;
  /** Sends a request with a proof, and once more where a nonce is asked for (RFC 9449, sections 8 and 9). */
  present(key: KeyNumber, request: Presentation, send: SendWith): Promise<Response>;
  forget(key: KeyNumber): void;
}

/** Something that may be bound to a key. */
export interface Bound {
  readonly key?: KeyNumber;
}

/** Some browsers forget to answer when they open a database. */
const storeTimeoutMs = 2000;

/** Makes the keys of a page. */
export function createProofKeys(clock: SessionClock, store: KeyStore = browserKeyStore): ProofKeys {
  const known = new Map<number, CryptoKeyPair>();
  /** The freshest nonce of each origin. */
  const nonces = new Map<string, string>();
  /** Keys whose proofs somebody looked at: who wants a nonce does. */
  const wanted = new Set<KeyNumber>();

  const inTime = <Value>(work: Promise<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(storeTimeoutMs, () => reject(new Error('IndexedDB does not answer')));
      work.then(resolve, reject).finally(cancel);
    });

  /** Says why it cannot; nothing where it can. */
  const make = async (key: number, lasting: boolean): Promise<string | undefined> => {
    try {
      if (!globalThis.crypto?.subtle) return 'the page is not served over https';
      const pair = await generateKeyPair('ES256');
      known.set(key, pair);
      await inTime(store.put(key, pair));
    } catch (thrown) {
      if (lasting || !known.has(key)) return `this browser cannot keep a key: ${messageOf(thrown)}`;
    }
    return undefined;
  };
  const find = async (key: number): Promise<CryptoKeyPair> => {
    const pair = known.get(key) ?? (await inTime(store.get(key)).catch(unreadable));
    if (pair === undefined) throw new GangwayError('proof_key_lost', 'This browser has lost the key of the session.');
    known.set(key, pair);
    return pair;
  };
  const forget = (key: KeyNumber) => {
    if (key === undefined) return;
    known.delete(key);
    wanted.delete(key);
    // What is left behind is deleted when another key is made and this one is old.
    store.delete(key).catch(() => {});
  };
  const prove: ProofKeys['prove'] = async (key, { method, url, token }, nonce) => {
    if (key === undefined) return undefined;
    const { origin, pathname } = new URL(url);
    // A session begins without a nonce: whether one is asked for tells whether this deployment looks at proofs at all.
    const freshest = token === undefined ? undefined : nonces.get(origin);
    return generateProof(await find(key), origin + pathname, method, nonce ?? freshest, token);
  };

  return {
    forget,
    prove,
    async begin(lasting, create) {
      const key = clock.now() + Math.random();
      const whyNot = await make(key, lasting);
      try {
        const session = await create(whyNot ? undefined : key);
        if (wanted.has(key)) return session;
        forget(key);
        return { ...session, key: undefined };
      } catch (thrown) {
        forget(key);
        throw whyNot ? explainMissingProof(thrown, whyNot) : thrown;
      }
    },
    async present(key, request, send) {
      for (let [nonce, again]: [string | undefined, boolean] = [undefined, true]; ; again = false) {
        const dpop = await prove(key, request, nonce);
        if (dpop === undefined) return send({});
        const response = await send({ dpop });
        nonce = response.headers.get('dpop-nonce') ?? undefined;
        if (nonce === undefined) return response;
        nonces.set(new URL(request.url).origin, nonce);
        if (!again || (await refusalCodeOf(response)) !== 'use_dpop_nonce') return response;
        wanted.add(key);
      }
    },
  };
}

function unreadable(cause: unknown): never {
  throw new GangwayError('proof_unavailable', `The key of the session cannot be read: ${messageOf(cause)}.`, undefined, cause);
}
