// What a page is told where a deployment requires a proof of possession and none could be made.

import { asGangwayError, GangwayError } from './gangway-error.ts';

/** The failure of a create without a proof; where the proof was what it lacked, in words that say why there is none. */
export function explainMissingProof(thrown: unknown, whyNot: string): GangwayError {
  const failure = asGangwayError(thrown);
  if (failure.code !== 'invalid_dpop_proof') return failure;
  return new GangwayError('proof_unavailable', `The deployment requires a proof, and ${whyNot}.`, failure, failure);
}
