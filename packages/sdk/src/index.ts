// The Customer of the diagrams: what a page imports. Everything else in this folder is how it is done.

import type { KeyStore } from './key-store.ts';
import { createProofKeys } from './proof-keys.ts';
import { createSession, type SessionOptions, type WebchatSession } from './session.ts';
import { browserClock } from './session-clock.ts';

export { type BrowserFeatures, collectSignals, type SignalHeaders } from './collect-signals.ts';
export type { OriginVerdict, Role, SentHeaders, WebchatToken } from './edge.ts';
export { GangwayError, type GangwayErrorCode, type OwnErrorCode } from './gangway-error.ts';
export type { PageEvent, PageEvents } from './page-events.ts';
export type { SessionOptions, WebchatSession } from './session.ts';
export type { SessionClock } from './session-clock.ts';
export type { SessionState, SessionStatus } from './session-state.ts';
export type { SessionStorage } from './session-storage.ts';
export type { KeyStore };

/**
 * Makes a session whose token is bound to a key that this browser does not give away, where browser and deployment can.
 * One is enough for a page: another of the same deployment has the same session, and hears of what the first did to it when
 * it is asked, or within a minute.
 */
export function createWebchatSession(options: SessionOptions & { readonly keys?: KeyStore }): WebchatSession {
  return createSession(options, createProofKeys(options.clock ?? browserClock, options.keys));
}
