// The folder in which a node keeps what must last. Nobody but the node's own user can read it.

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Opens the folder, making it if needed, readable for its owner alone.
 * @returns its absolute path
 * @throws StartError where it cannot be read and written
 */
export function openDataFolder(path: string): string {
  const folder = resolve(path);
  try {
    const isNew = !existsSync(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (isNew) chmodSync(folder, 0o700);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(
      `The data folder ${folder} cannot be used: ${reasonOf(error)}. Set GANGWAY_DATA_DIR to a folder that this user may read and write.`,
    );
  }
  return folder;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'it is a file',
    ENOSPC: 'the disk is full',
  };
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/** Where a running node can be reached: what `ready.json` says. */
export interface Ready {
  readonly publicUrl: string | null;
  readonly adminUrl: string;
  readonly serviceUrl: string | null;
  readonly pid: number;
}

/** Says in `<folder>/ready.json` that the node is ready. */
export function writeReady(folder: string, ready: Ready): void {
  writeWhole(join(folder, 'ready.json'), `${JSON.stringify(ready, undefined, 2)}\n`);
}

/** Writes a file that only its owner can read. Readers see the whole of it or nothing. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads where the node of a data folder can be reached; undefined where none says so. */
export function readReady(folder: string): Ready | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as Ready;
  } catch {
    return undefined;
  }
}

/** Takes `ready.json` away: the node no longer answers. */
export function removeReady(folder: string): void {
  rmSync(join(folder, 'ready.json'), { force: true });
}
