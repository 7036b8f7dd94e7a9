// The Customer of the diagrams: what a page imports. Everything else in this folder is how it is done.

export { type BrowserFeatures, collectSignals, type SignalHeaders } from './collect-signals.ts';
export { GangwayError, type GangwayErrorCode } from './gangway-error.ts';
export { createWebchatSession, type SessionOptions, type WebchatSession } from './session.ts';
export type { SessionClock } from './session-clock.ts';
export type { SessionStorage } from './session-record.ts';
export type { SessionState, SessionStatus } from './session-state.ts';
export { createWebchatClient, type OriginVerdict, type Role, type WebchatClient, type WebchatToken } from './webchat-client.ts';
