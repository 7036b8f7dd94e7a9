// Key ids: which key sealed a token. An id names the root, the run of a process and its epoch, which is all that any
// other process needs to derive the same key. It shows nothing of accounts or visitors.

import type { RandomBytes } from '../random.ts';

/** The parts of a key id. */
export interface KeyIdParts {
  /** 9 random bytes in base64url. */
  readonly rootId: string;
  /** 9 random bytes in base64url, new at each start of a process: no two processes ever share a key. */
  readonly instanceId: string;
  /** Counts the keys of an instance, from 0. */
  readonly epoch: number;
}

const keyIdPattern = /^([\w-]{12})\.([\w-]{12})\.(0|[1-9]\d{0,9})$/;

/** 9 bytes are 12 characters without unused bits, so that every text of the pattern is canonical. */
export function newId(randomBytes: RandomBytes): string {
  return randomBytes(9).toString('base64url');
}

/** Writes a key id: at most 36 characters of base64url's alphabet and two dots. */
export function formatKeyId({ rootId, instanceId, epoch }: KeyIdParts): string {
  return `${rootId}.${instanceId}.${epoch}`;
}

/** Reads a key id, which may be forged. Gives undefined for all that `formatKeyId` would not write. */
export function parseKeyId(keyId: string): KeyIdParts | undefined {
  const [, rootId, instanceId, epoch] = keyIdPattern.exec(keyId) ?? [];
  if (rootId === undefined || instanceId === undefined || epoch === undefined) return undefined;
  return { rootId, instanceId, epoch: Number(epoch) };
}

/** What can be killed: a root key, all keys of one run of a process under a root, or one of them. */
export type KillTarget =
  | { readonly kind: 'root'; readonly rootId: string }
  | { readonly kind: 'instance' | 'key'; readonly rootId: string; readonly keyId: string };

const killTargetPattern = /^([\w-]{12})(?:\.[\w-]{12}(\.(?:0|[1-9]\d{0,9}))?)?$/;

/** Reads what is to be killed: `root`, `root.instance` or `root.instance.epoch`, as in the `kid` of a token. */
export function parseKillTarget(text: string): KillTarget | undefined {
  const [keyId, rootId, epoch] = killTargetPattern.exec(text) ?? [];
  if (keyId === undefined || rootId === undefined) return undefined;
  if (keyId === rootId) return { kind: 'root', rootId };
  return { kind: epoch === undefined ? 'instance' : 'key', rootId, keyId };
}
