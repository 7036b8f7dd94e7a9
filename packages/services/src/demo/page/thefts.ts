// What a thief does with what was stolen, from the least to the most: each a real request, or a real socket.

import type { Presentation } from '@gangway/example-chat/protocol';
import { collectSignals } from '@gangway/sdk';
import { generateKeyPair, generateProof } from 'dpop';
import { knockAtChat } from './chat-door.ts';
import { edgePaths, postToEdge } from './edge-request.ts';
import { presentationId } from './presentation-id.ts';
import type { Destinations, Loot } from './throw-away-visitor.ts';

/** What came of a theft. */
export interface Outcome {
  readonly accepted: boolean;
  /** The status of HTTP, or the code with which the socket was closed; 101 where the chat opened. */
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  /** Finds its calls. */
  readonly callId: string | undefined;
  /** The token that the thief has got now. */
  readonly gained: string | undefined;
}

/** One way to use what was stolen. */
export interface Theft {
  readonly id: string;
  /** What the thief shows. */
  readonly shows: string;
  /** Whether a thief of a session without a proof key tries it too: where no proof is asked for, there is none to forge. */
  readonly needsNoProof: boolean;
  /** Whether it is tried at the chat. */
  readonly atChat: boolean;
  commit(loot: Loot, to: Destinations): Promise<Outcome>;
}

/** The moment at which the thief's own browser logged in: the one signal that differs between equal browsers. */
const thiefsLogin = '9999999';

export const thefts: readonly Theft[] = [
  {
    id: 'token-alone',
    shows: 'The token, in another browser',
    needsNoProof: true,
    atChat: false,
    commit: (loot, to) => refresh({ ...loot, signals: collectSignals(thiefsLogin) }, to),
  },
  {
    id: 'all-headers',
    shows: 'The token and every header',
    needsNoProof: true,
    atChat: false,
    commit: refresh,
  },
  {
    id: 'own-key',
    shows: 'All of it, and a proof by the thief’s own key',
    needsNoProof: false,
    atChat: false,
    commit: async (loot, to) => {
      // Nonces are no secret: every refusal brings one.
      const { nonce } = await postToEdge(edgePaths.refresh, { deploymentKey: to.deploymentKey, token: loot.token }, loot.signals);
      const target = new URL(edgePaths.refresh, location.href).href;
      return refresh(loot, to, await generateProof(await generateKeyPair('ES256'), target, 'POST', nonce, loot.token));
    },
  },
  {
    id: 'copied-proof',
    shows: 'All of it, and the visitor’s last proof again',
    needsNoProof: false,
    atChat: false,
    commit: (loot, to) => refresh(loot, to, loot.proof),
  },
  {
    id: 'chat',
    shows: 'The token, at the chat',
    needsNoProof: true,
    atChat: true,
    commit: ({ token }, to) => knock({ token }, to),
  },
  {
    id: 'chat-copied',
    shows: 'The visitor’s first words to the chat, copied',
    needsNoProof: false,
    atChat: true,
    commit: ({ token, frame }, to) => knock(frame ?? { token }, to),
  },
];

async function refresh({ token, signals }: Loot, { deploymentKey }: Destinations, proof?: string): Promise<Outcome> {
  const headers = { ...signals, ...(proof !== undefined && { dpop: proof }) };
  const answer = await postToEdge(edgePaths.refresh, { deploymentKey, token }, headers);
  const { status, code, requestId: callId, token: gained } = answer;
  return { accepted: gained !== undefined, status, code, callId, gained };
}

async function knock(frame: Presentation, { chatUrl }: Destinations): Promise<Outcome> {
  if (chatUrl === undefined) throw new Error('no chat runs here');
  const { accepted, closeCode, code } = await knockAtChat(chatUrl, () => frame);
  const callId = await presentationId(frame);
  return { accepted, status: accepted ? 101 : (closeCode ?? 0), code, callId, gained: undefined };
}
