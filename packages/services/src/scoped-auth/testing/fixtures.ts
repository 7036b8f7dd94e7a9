// What the tests of Scoped Auth start from: a clock they move themselves, a store in memory, a key ring and claims.

import { encodeFingerprint, type Signals } from '@gangway/contracts/fingerprint';
import type { Clock } from '../../platform/clock.ts';
import { type KeyEncryptionKey, openKeyEncryptionKey } from '../keys/key-encryption-key.ts';
import { type KeyRing, type KeyRingDependencies, openKeyRing } from '../keys/key-ring.ts';
import type { Claims } from '../token/claims.ts';
import { memoryRootKeyStore } from './memory-root-key-store.ts';

export { memoryRootKeyStore } from './memory-root-key-store.ts';

/** A whole second, so that seconds and milliseconds are easily told apart in a test. */
export const startMs = Date.UTC(2030, 0, 1);
export const startSeconds = startMs / 1000;

export interface FakeClock extends Clock {
  advanceSeconds(seconds: number): void;
}

export function fakeClock(): FakeClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advanceSeconds: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

export function testKek(digit = '0'): KeyEncryptionKey {
  return openKeyEncryptionKey({ text: digit.repeat(64), dataDirectory: undefined });
}

export function testKeyRing(dependencies: Partial<KeyRingDependencies> = {}): Promise<KeyRing> {
  return openKeyRing({ store: memoryRootKeyStore(), kek: testKek(), clock: fakeClock(), ...dependencies });
}

export const signals: Signals = {
  loginTimestamp: '1893456000000',
  browser: 'chrome',
  browserMajor: 130,
  os: 'macos',
  language: 'en-US',
  timezone: -60,
  cookieEnabled: true,
  decoders: 'c2lnbmFscw',
};

export const claims: Claims = {
  iss: 'gangway',
  aud: `AC${'1'.repeat(32)}`,
  sub: '6f1c1e0c-5f0e-4a51-9d0b-0e9b5d1f7a11',
  jti: 'b1b9f3f7-93a0-4a88-8f0c-1f6a8f0b7c22',
  iat: startSeconds,
  nbf: startSeconds,
  exp: startSeconds + 1800,
  dep: `DP${'2'.repeat(32)}`,
  sid: '0d5b1c9e-0c3e-4e8e-b8a6-2b1d3c4e5f33',
  sst: startSeconds,
  gen: 0,
  rfu: startSeconds + 7200,
  end: startSeconds + 86_400,
  grants: [{ grant: 'chat' }],
  fpt: encodeFingerprint(signals),
};
