// For backends in any JavaScript runtime: who sent this request? See docs/verifying.md, "In JavaScript".

export type { Clock } from './clock.ts';
export type { VerifierOptions } from './options.ts';
export type { NodeLikeRequest } from './read-request.ts';
export { type RefusalCode, type RefusedRequest, refusalBody, type Verdict, type Visitor } from './verdict.ts';
export { createVerifier, type PresentedToken, type Verifier } from './verifier.ts';
