// The headers that an answer bears because of what was verified.

import type { Verdict } from './verdict.ts';
import type { Verifier } from './verifier.ts';

/**
 * The headers of a refusal; of an answer to who proved possession of a key, the nonce of the next proof, so that a client
 * never has to ask twice for want of a fresh one (RFC 9449, section 8.2).
 */
export function answerHeaders(verifier: Pick<Verifier, 'nonce'>, verdict: Verdict): Record<string, string> {
  if (!verdict.authorized) return { ...verdict.headers, 'Cache-Control': 'no-store' };
  return verdict.proofChecked ? { 'DPoP-Nonce': verifier.nonce() } : {};
}
