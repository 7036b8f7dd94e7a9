// The key-encryption key: what wraps the root keys in the store. It comes from the environment (GANGWAY_KEK) or, so
// that a first start needs no preparation, from a file that only its owner can read. The file protects only copies of
// the store that leave it out.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '../../platform/start-error.ts';
import { readOrCreateSecretFile, readSecretFile } from './secret-file.ts';
import { unwrapKey, wrapKey } from './wrap.ts';

/**
 * Wraps and unwraps root keys: the interface for a key management service. An adapter
 *
 * - binds what it wraps to `rootId` (AWS KMS: `EncryptionContext`; Google Cloud KMS: `additionalAuthenticatedData`;
 *   Vault transit: `associated_data`), so that whoever writes to the store cannot pass one root key off as another;
 * - gives undefined for what the service says it cannot decrypt, and rejects if the service cannot be asked: the first
 *   stops a start, the second is tried again;
 * - settles within a few seconds, rejecting if need be: a key ring waits for it before it hears the store again;
 * - gives text that a database column takes, of any length, and 32 bytes back, which the caller overwrites;
 * - is asked once for each root key and process, and never while a token is made or read.
 *
 * `createKmsKey` in the tests of this folder is an adapter to start from.
 */
export interface KeyEncryptionKey {
  /** Where the key comes from, for messages to the operator: `GANGWAY_KEK`, the path of the file, the name of a key in a service. */
  readonly source: string;
  /** Wraps 32 bytes. Must not keep the array: it is overwritten afterwards. */
  wrap(rootId: string, rootKey: Uint8Array): Promise<string>;
  /** Gives undefined if the root key was wrapped with another key or for another id, or was altered. */
  unwrap(rootId: string, wrapped: string): Promise<Buffer | undefined>;
}

/** What to tell an operator whose key-encryption key does not fit the store. */
export function wrongKek({ source }: Pick<KeyEncryptionKey, 'source'>): string {
  return (
    `The key-encryption key (${source}) is not the one that the stored root keys were wrapped with. ` +
    'Start with the former key, or put it back from a backup. Nothing was changed.'
  );
}

/** What the operator set. */
export interface KeyEncryptionKeySettings {
  /** The text of GANGWAY_KEK: 32 bytes in hexadecimal, base64 or base64url. */
  readonly text: string | undefined;
  /** Folder of the file `kek`. Undefined where the store is shared by several nodes: a file beside one of them will not do. */
  readonly dataDirectory: string | undefined;
  /** The setting that the text came from, where it is not GANGWAY_KEK. */
  readonly setting?: string;
}

const keyBytes = 32;

/**
 * Finds the key-encryption key: the text, or else the file. The file is touched at the first use, and created only to
 * wrap: where it is lost, nothing stands in its place. Open the store before, so that its lock keeps two processes
 * from creating the file at once. Throws a StartError that shows nothing of the key.
 */
export function openKeyEncryptionKey({
  text,
  dataDirectory,
  setting = 'GANGWAY_KEK',
}: KeyEncryptionKeySettings): KeyEncryptionKey {
  if (text !== undefined) {
    const key = parseKey(text);
    if (key === undefined) throw new StartError(`${setting} is not ${expected}`);
    return { source: setting, ...wrappingWith({ forWrapping: () => key, forUnwrapping: () => key }) };
  }
  if (dataDirectory === undefined) {
    throw new StartError(`Several nodes can share this store: set GANGWAY_KEK to ${expected}`);
  }
  const path = join(dataDirectory, 'kek');
  const parse = (content: string): KeyObject => {
    const key = parseKey(content.trim());
    if (key === undefined) throw new StartError(`${path} is not ${expected} Put the file back as it was.`);
    return key;
  };
  return {
    source: path,
    ...wrappingWith({
      forWrapping: () => parse(readOrCreateSecretFile(path, keyBytes)),
      forUnwrapping: () => parse(readSecretFile(path)),
    }),
  };
}

const expected = '32 bytes in base64url, base64 or hexadecimal, such as the output of: openssl rand -base64 32.';

function wrappingWith(keys: { forWrapping(): KeyObject; forUnwrapping(): KeyObject }): Pick<KeyEncryptionKey, 'wrap' | 'unwrap'> {
  return {
    wrap: async (rootId, rootKey) => wrapKey(keys.forWrapping(), rootId, rootKey),
    unwrap: async (rootId, wrapped) => unwrapKey(keys.forUnwrapping(), rootId, wrapped),
  };
}

/** 64 hexadecimal digits, or 43 characters of either base64 alphabet with or without the padding. */
function parseKey(text: string): KeyObject | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return createSecretKey(Buffer.from(text, 'hex'));
  if (/^(?:[\w-]{43}|[A-Za-z0-9+/]{43})=?$/.test(text)) return createSecretKey(Buffer.from(text, 'base64'));
  return undefined;
}
