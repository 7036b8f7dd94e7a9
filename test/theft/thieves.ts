// The classes of thieves: what each has taken, and what he does with it. A replay is a fresh session of an honest visitor
// and a thief who presents its token to be refreshed; where a class tries several ways, all are tried on the session, and
// one that succeeds is enough.

import { athOf, type ProofClient, proofClient } from '../../packages/services/src/scoped-auth/proof/testing/proofs.ts';
import type { NodeInProcess } from '../topology/node-in-process.ts';
import { addressOf, create, type Headers, type Reply, refresh, tokenOf, validate } from './requests.ts';
import { bareCurl, inventive, sameBrowser, visitor, visitorWithoutTimestamp } from './visitors.ts';

/** A class of thieves. */
export interface ThiefClass {
  readonly name: string;
  /** The letter of the class, for the table. */
  readonly letter: string;
  readonly has: string;
  /** Replays the token of a fresh session; tells whether it was accepted anywhere. */
  replay(node: NodeInProcess, deploymentKey: string, number: number): Promise<boolean>;
}

/** A thief who has a token and sends certain headers with it. */
function withHeaders(honest: (number: number) => Headers, stolen: (number: number) => Headers): ThiefClass['replay'] {
  return async (node, deploymentKey, number) => {
    const token = tokenOf(await create(node, deploymentKey, honest(number)));
    return isAccepted(await refresh(node, deploymentKey, token, stolen(number)));
  };
}

/** A refusal must be one of those that a wrong token or browser gets: anything else would be a fault of the measurement. */
function isAccepted({ status, body }: Reply): boolean {
  if (status === 200) return body.authorized !== false;
  const refused = [
    'invalid_token',
    'invalid_fingerprint',
    'invalid_dpop_proof',
    'use_dpop_nonce',
    'fingerprint_generation_failed',
  ];
  if (refused.includes(String(body.code))) return false;
  throw new Error(`This is no answer to a replay: ${status} ${JSON.stringify(body)}`);
}

const ownKey = proofClient();
let proofs = 0;

function proofOf(client: ProofClient, node: NodeInProcess, step: 'create' | 'refresh', nonce: string, token?: string): string {
  proofs += 1;
  const ath = token === undefined ? {} : { ath: athOf(token) };
  const iat = Math.floor(Date.now() / 1000);
  return client.sign(client.header, { jti: `theft-${proofs}`, htm: 'POST', htu: addressOf(node, step), iat, nonce, ...ath });
}

async function withoutTheKey(node: NodeInProcess, deploymentKey: string, number: number): Promise<boolean> {
  const headers = visitor(number);
  const key = proofClient();
  const nonceOf = ({ nonce }: Reply) => nonce ?? '';
  const asked = await create(node, deploymentKey, { ...headers, dpop: proofOf(key, node, 'create', '') });
  const createProof = proofOf(key, node, 'create', nonceOf(asked));
  const created = await create(node, deploymentKey, { ...headers, dpop: createProof });
  const first = tokenOf(created);
  const refreshProof = proofOf(key, node, 'refresh', nonceOf(created), first);
  const refreshed = await refresh(node, deploymentKey, first, { ...headers, dpop: refreshProof });
  const current = tokenOf(refreshed);
  const nonce = nonceOf(refreshed);

  const tries: readonly (readonly [string, Headers])[] = [
    [current, {}],
    [current, { authorization: `Bearer ${current}` }],
    [current, { dpop: proofOf(ownKey, node, 'refresh', nonce, current) }],
    // Captured proofs: the one that was made for this very token, the last one, and the one of the create.
    [first, { dpop: refreshProof }],
    [current, { dpop: refreshProof }],
    [current, { dpop: createProof }],
    // Another key behind the header of the right one.
    [current, { dpop: splice(refreshProof, proofOf(ownKey, node, 'refresh', nonce, current)) }],
  ];
  const accepted: boolean[] = [];
  for (const [token, more] of tries)
    accepted.push(isAccepted(await refresh(node, deploymentKey, token, { ...headers, ...more })));
  const htu = [addressOf(node, 'refresh')];
  for (const presented of [{}, { proof: refreshProof, htm: 'POST', htu }]) {
    accepted.push(isAccepted(await validate(node, { token: first, ...presented })));
  }
  // The honest visitor goes on: none of it has cost him his session.
  tokenOf(await refresh(node, deploymentKey, current, { ...headers, dpop: proofOf(key, node, 'refresh', nonce, current) }));
  return accepted.includes(true);
}

function splice(captured: string, own: string): string {
  const [header] = captured.split('.');
  const [, payload, signature] = own.split('.');
  return [header, payload, signature].join('.');
}

/** The classes, in the order of what they have taken. */
export const thiefClasses: readonly ThiefClass[] = [
  {
    name: 'token only, bare',
    letter: 'a',
    has: 'the token, from a log or a copied address; presented by curl as it is',
    replay: withHeaders(visitor, () => bareCurl),
  },
  {
    name: 'token only, own signals',
    letter: 'a',
    has: 'the token; presented by curl with signals of the thief’s own making',
    replay: withHeaders(visitor, () => inventive),
  },
  {
    name: 'same browser',
    letter: 'b',
    has: 'the token; presented from the same browser, version, system, language and time zone, which logged in at another moment',
    replay: withHeaders(visitor, sameBrowser),
  },
  {
    name: 'same browser, no moment',
    letter: 'b',
    has: 'the same, where both pages send Twilio’s default `loginTimestamp` instead of a moment of their own',
    replay: withHeaders(
      () => visitorWithoutTimestamp,
      () => visitorWithoutTimestamp,
    ),
  },
  {
    name: 'all headers',
    letter: 'c',
    has: 'the token and every header of the visitor',
    replay: withHeaders(visitor, visitor),
  },
  {
    name: 'bound to a key',
    letter: 'd',
    has: 'the token, every header and the proofs sent so far of a session with a proof key; not the key',
    replay: withoutTheKey,
  },
];
