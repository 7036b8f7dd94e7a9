// The SDK without proofs of possession, for pages where each kilobyte counts: the header signals alone bind the token.

import { explainMissingProof } from './missing-proof.ts';
import type { ProofKeys } from './proof-keys.ts';
import { createSession, type SessionOptions, type WebchatSession } from './session.ts';

export { type BrowserFeatures, collectSignals, type SignalHeaders } from './collect-signals.ts';
export type { OriginVerdict, Role, SentHeaders, WebchatToken } from './edge.ts';
export { GangwayError, type GangwayErrorCode, type OwnErrorCode } from './gangway-error.ts';
export type { PageEvent, PageEvents } from './page-events.ts';
export type { SessionOptions, WebchatSession } from './session.ts';
export type { SessionClock } from './session-clock.ts';
export type { SessionState, SessionStatus } from './session-state.ts';
export type { SessionStorage } from './session-storage.ts';

const noKeys: ProofKeys = {
  begin: (_lasting, create) =>
    create(undefined).catch((thrown) => {
      throw explainMissingProof(thrown, 'this build has none');
    }),
  prove: async () => undefined,
  present: (_key, _request, send) => send({}),
  forget: () => {},
};

/** Makes a session. A deployment that requires proofs refuses it with `proof_unavailable`. */
export function createWebchatSession(options: SessionOptions): WebchatSession {
  return createSession(options, noKeys);
}
