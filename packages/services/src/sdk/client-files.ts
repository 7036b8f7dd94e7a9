// The browser's client as it is sent: built files out of the repository, each with the hash by which a page can insist on
// just this one. A node has no build step, so `node tools/build-sdk.ts` wrote them before.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { type ClientFile, clientFiles } from '@gangway/contracts/starship';

/** How a file can be sent. */
export type Coding = 'br' | 'gzip' | 'identity';

/** A file of the client, ready to be sent. */
export interface BuiltFile extends ClientFile {
  readonly bytes: number;
  /** For the attribute `integrity` of a script tag (W3C Subresource Integrity). */
  readonly integrity: string;
  /** The strong entity tag of the file in a coding (RFC 9110, section 8.8.3). */
  entityTag(coding: Coding): string;
  /** The file in a coding; compressed once. */
  encoded(coding: Coding): Promise<Buffer>;
}

/** The folder of the built files. */
export const builtFolder: URL = new URL('../../../sdk/generated/', import.meta.url);

const compress: Readonly<Record<Coding, (content: Buffer) => Promise<Buffer>>> = {
  br: promisify(brotliCompress),
  gzip: (content) => promisify(gzip)(content, { level: 9 }),
  identity: async (content) => content,
};

/** Reads the files that the contract names; a file that is missing stops the start, since pages wait for it. */
export function readClientFiles(folder: URL = builtFolder): readonly BuiltFile[] {
  return clientFiles.map((file) => prepare(file, readFileSync(new URL(file.path.slice('/sdk/'.length), folder))));
}

function prepare(file: ClientFile, content: Buffer): BuiltFile {
  const digest = createHash('sha384').update(content).digest('base64');
  const kept = new Map<Coding, Promise<Buffer>>();
  return {
    ...file,
    bytes: content.length,
    integrity: `sha384-${digest}`,
    // Representations that differ in bytes need tags that differ.
    entityTag: (coding) => `"${digest.slice(0, 22)}${coding === 'identity' ? '' : `-${coding}`}"`,
    encoded: (coding) => {
      const encoded = kept.get(coding) ?? compress[coding](content);
      kept.set(coding, encoded);
      return encoded;
    },
  };
}

/**
 * The coding to answer with (RFC 9110, section 12.5.3).
 * @param accepted the header `Accept-Encoding`
 */
export function chooseCoding(accepted: string | undefined): Coding {
  const weights = new Map(
    (accepted ?? '').split(',').map((part) => {
      const [name = '', weight = ''] = part.split(';', 2);
      return [name.trim().toLowerCase(), /^\s*q=0(?:\.0*)?\s*$/i.test(weight) ? 0 : 1] as const;
    }),
  );
  const admits = (coding: Coding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find(admits) ?? 'identity';
}
