// Which documents there are, and where each stands on the site. The list is made once, at the start: nothing else can be
// asked for, however a path is written.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the documentation. */
export const docsFolder: string = fileURLToPath(new URL('../../../../docs/', import.meta.url));

/** The documents. */
export interface DocsTree {
  /** The address on the site by the path below the folder: `refusals/README.md` is at `/docs/refusals`. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The text of a document. */
  read(path: string): string;
}

const served = /\.(?:md|svg|mmd|json)$/;

/** Lists the documents of a folder; a folder that does not exist has none. */
export function readDocsTree(folder: string = docsFolder): DocsTree {
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const paths = files
    .filter((entry) => entry.isFile() && served.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return {
    addresses: new Map(paths.sort().map((path) => [path, addressOf(path)])),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
  };
}

function addressOf(path: string): string {
  if (path.startsWith('api/')) return `/docs/${path.slice('api/'.length)}`;
  const page = path.replace(/(?:^|\/)README\.md$/, '').replace(/\.md$/, '');
  return page === '' ? '/docs' : `/docs/${page}`;
}
