// The public code of what Scoped Auth said no to.

import type { TokenRefusal } from '@gangway/contracts/federated-auth';
import { refusals } from '@gangway/contracts/refusals';
import type { ValidationRefusal } from '@gangway/contracts/scoped-auth';

const codes = {
  token_validation_failed: 'invalid_token',
  fingerprint_validation_failed: 'invalid_fingerprint',
  proof_validation_failed: 'invalid_dpop_proof',
  proof_nonce_required: 'use_dpop_nonce',
} as const satisfies Record<ValidationRefusal, string>;

/** Makes the refusal of a token, a fingerprint or a proof. */
export function tokenRefusal(message: ValidationRefusal, dpopNonce: string): TokenRefusal {
  const code = codes[message];
  return { valid: false, code, message: refusals[code].message, dpopNonce };
}
