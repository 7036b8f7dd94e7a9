// Off: no fingerprint is generated, sent or checked. On: as drawn.

import { type CallContext, noteStep } from '@gangway/contracts/contract';
import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { generateFingerprint } from './generate-fingerprint.ts';

/**
 * The fingerprint where Webchat Security is on, else undefined.
 * @throws Refusal `fingerprint_generation_failed` where it is on and the signals are missing or malformed
 */
export function fingerprintIfSecured(isSecured: boolean, visitor: Visitor, context: CallContext): string | undefined {
  if (!isSecured) return undefined;
  try {
    return generateFingerprint(visitor);
  } catch (error) {
    noteStep(context, 'flex-webchat-orchestrator', 'generateFingerPrint throws error');
    throw error;
  }
}
