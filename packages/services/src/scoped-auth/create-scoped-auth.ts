// Scoped Auth (SAS): makes and validates the encrypted, scoped tokens. The only participant that holds keys. Reads
// from here: generate.ts and validate.ts are its two operations, token/ is the format, keys/ where its keys come
// from, signals/ how a browser is recognised.

import type { Interface } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import type { Clock } from '../platform/clock.ts';
import { generate } from './generate.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { pooledRandomBytes, type RandomBytes } from './random.ts';
import { validate } from './validate.ts';

/** What Scoped Auth needs. */
export interface ScopedAuthDependencies {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  /** By how many seconds the clocks of two nodes may differ: applied to `exp` and `nbf`. */
  readonly clockLeewaySeconds: number;
  /** From the operating system unless given. */
  readonly randomBytes?: RandomBytes;
}

/** Makes Scoped Auth. It touches no store and no network once its key ring is open. */
export function createScopedAuth({
  clock,
  keyRing,
  clockLeewaySeconds,
  randomBytes = pooledRandomBytes(),
}: ScopedAuthDependencies): Interface<typeof scopedAuth> {
  return {
    generate: async (input) => generate({ clock, keyRing, randomBytes }, input),
    validate: async (input, context) => validate({ clock, keyRing, clockLeewaySeconds }, input, context),
  };
}
