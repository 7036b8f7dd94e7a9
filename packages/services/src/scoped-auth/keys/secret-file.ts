// A file that holds one secret and that only its owner may read. Written so that a crash at any moment leaves either
// no file or the whole file, on the disk and not only in the cache.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../../platform/start-error.ts';

const ownerOnly = 0o600;

/**
 * Reads the file. Throws a StartError if it is missing or cannot be read, or if others may use it: who sees that
 * message must also think of who has read it.
 */
export function readSecretFile(path: string): string {
  const file = openForReading(path);
  try {
    // Windows has no such modes; its folders inherit their access lists.
    const mode = fstatSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new StartError(`${path} may be used by others than its owner (mode ${mode.toString(8)}): run chmod 600 ${path}`);
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new StartError(
      code === 'ENOENT'
        ? `${path} is missing: put it back from your backup of this folder. Nothing was changed.`
        : `${path} cannot be read (${code}): it must belong to the user that Gangway runs as.`,
    );
  }
}

/** Reads the file, or makes it with `byteCount` random bytes in base64url where there is none. */
export function readOrCreateSecretFile(path: string, byteCount: number): string {
  if (!existsSync(path)) writeSecretFile(path, `${randomBytes(byteCount).toString('base64url')}\n`);
  return readSecretFile(path);
}

function writeSecretFile(path: string, content: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    // 'wx' fails on a file or link that somebody else put there.
    withFile(temporary, 'wx', (file) => {
      writeSync(file, content);
      fsyncSync(file);
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // The rename itself lasts only once the folder is on the disk. Windows cannot open folders.
  if (process.platform !== 'win32') withFile(folder, 'r', fsyncSync);
}

function withFile(path: string, flags: string, use: (file: number) => void): void {
  const file = openSync(path, flags, ownerOnly);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}
