// The secret with which the command line reaches the running node: a file that only the node's own user can read. It is new
// at every start.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../platform/data-folder.ts';
import type { VerifyCredential } from '../platform/service-credential.ts';
import { StartError } from '../platform/start-error.ts';

const pathIn = (dataFolder: string) => join(dataFolder, 'admin.token');

/** Makes the secret of this run, and writes it into the data folder. */
export function createAdminToken(dataFolder: string): string {
  const token = randomBytes(32).toString('base64url');
  writeWhole(pathIn(dataFolder), `${token}\n`);
  return token;
}

/** Takes the secret away: there is no node any more that it opens. */
export function removeAdminToken(dataFolder: string): void {
  rmSync(pathIn(dataFolder), { force: true });
}

/**
 * Reads the secret of the node that runs on a data folder.
 * @throws StartError where there is none, or it may not be read
 */
export function readAdminToken(dataFolder: string): string {
  try {
    return readFileSync(pathIn(dataFolder), 'utf8').trim();
  } catch {
    throw new StartError(
      `No node runs on the data folder ${dataFolder}, or it is another user's. Start one, or say where with --data-dir.`,
    );
  }
}

/** Admits as operator whoever knows the secret. */
export function verifyAdminToken(token: string): VerifyCredential {
  const expected = Buffer.from(`Bearer ${token}`);
  return (authorization = '') => {
    const presented = Buffer.from(authorization);
    return presented.length === expected.length && timingSafeEqual(presented, expected) ? 'operator' : undefined;
  };
}
