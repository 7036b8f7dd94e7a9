// The client's files with their hashes, for the quick start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClientFiles } from '../../packages/services/src/sdk/client-files.ts';
import { clientFolder, gzippedBytes } from '../build/client.ts';
import { repositoryRoot } from '../source-tree.ts';

/** The table, as Markdown. */
export function clientTable(): string {
  const rows = readClientFiles().flatMap(({ path, summary, integrity, mediaType }) => {
    if (!mediaType.startsWith('text/javascript')) return [];
    const bytes = gzippedBytes(readFileSync(join(repositoryRoot, clientFolder, path.slice('/sdk/'.length)), 'utf8'));
    return [`| \`${path}\` | ${summary}<br>\`${integrity}\` | ${(bytes / 1000).toFixed(1)} kB |`];
  });
  return ['| file | what it is, and its hash | gzipped |', '|---|---|---|', ...rows].join('\n');
}
