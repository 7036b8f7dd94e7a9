// Each word of Scoped Auth has one public code, in the words of the table of refusals.

import { refusals } from '@gangway/contracts/refusals';
import { expect, test } from 'vitest';
import { tokenRefusal } from './token-refusal.ts';

test.each([
  ['token_validation_failed', 'invalid_token'],
  ['fingerprint_validation_failed', 'invalid_fingerprint'],
  ['proof_validation_failed', 'invalid_dpop_proof'],
  ['proof_nonce_required', 'use_dpop_nonce'],
] as const)('%s is %s', (message, code) => {
  expect(tokenRefusal(message, 'a nonce')).toEqual({
    valid: false,
    code,
    message: refusals[code].message,
    dpopNonce: 'a nonce',
  });
});
