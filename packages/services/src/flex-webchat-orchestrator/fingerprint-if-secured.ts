// Off: no fingerprint is generated, sent or checked. On: as drawn.

import { type CallContext, noteStep } from '@gangway/contracts/contract';
import type { PublicConfiguration } from '@gangway/contracts/flex-configuration';
import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { generateFingerprint } from './generate-fingerprint.ts';
import type { SecurityFlag } from './security-flag.ts';

/**
 * The fingerprint where Webchat Security is on, else undefined.
 * @throws Refusal `fingerprint_generation_failed` where it is on and the signals are missing or malformed
 */
export async function fingerprintIfSecured(
  securityFlag: SecurityFlag,
  configuration: PublicConfiguration,
  visitor: Visitor,
  context: CallContext,
): Promise<string | undefined> {
  if (!(await securityFlag(configuration))) return undefined;
  try {
    return generateFingerprint(visitor);
  } catch (error) {
    noteStep(context, 'flex-webchat-orchestrator', 'generateFingerPrint throws error');
    throw error;
  }
}
