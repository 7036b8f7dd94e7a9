// The browser's client as a node serves it: scripts for a tag, a module, their types and the licenses. The same sources give
// the same bytes on every machine, so that their hashes can be published.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { clientFiles } from '@gangway/contracts/starship';
import { repositoryRoot } from '../source-tree.ts';
import { type Bundle, bundle } from './bundle.ts';
import { emitDeclarations } from './emit-declarations.ts';
import { joinDeclarations } from './join-declarations.ts';

/** Where the files are kept, in the repository. */
export const clientFolder = 'packages/sdk/generated';

/** The modules that the client is built from. */
export const clientEntry = 'packages/sdk/src/index.ts';
const withoutProofEntry = 'packages/sdk/src/without-proof.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');

/** The scripts, by the names of their files. */
export async function bundleClient(): Promise<Readonly<Record<string, Bundle>>> {
  const { version } = JSON.parse(read('packages/sdk/package.json')) as { version: string };
  const banner = `/*! Gangway ${version}, see licenses.txt */`;
  const script = { format: 'iife', global: 'Gangway', minify: true, banner } as const;
  const bundles = {
    'gangway.js': await bundle({ ...script, entries: { gangway: clientEntry } }),
    'gangway-without-proof.js': await bundle({ ...script, entries: { gangway: withoutProofEntry } }),
    'gangway.mjs': await bundle({ format: 'esm', minify: true, banner, entries: { gangway: clientEntry } }),
  };
  return Object.fromEntries(
    Object.entries(bundles).map(([name, [only, ...others]]) => {
      if (only === undefined || others.length > 0) throw new Error(`${name} has become ${others.length + 1} files.`);
      return [name, only];
    }),
  );
}

/** Every file of the client, by its name. */
export async function buildClient(): Promise<Readonly<Record<string, string>>> {
  const scripts = Object.entries(await bundleClient()).map(([name, { code }]) => [name, `${code.trimEnd()}\n`]);
  const types = joinDeclarations(clientEntry, emitDeclarations([clientEntry]), { global: 'Gangway' });
  return { ...Object.fromEntries(scripts), 'gangway.d.ts': types, 'licenses.txt': licenses() };
}

function licenses(): string {
  const { version } = JSON.parse(read('node_modules/dpop/package.json')) as { version: string };
  const rule = '-'.repeat(78);
  return [
    'The files beside this one contain:\n',
    `Gangway, under the Apache License 2.0, below.\n`,
    `dpop ${version} (https://github.com/panva/dpop), not in gangway-without-proof.js:\n`,
    read('node_modules/dpop/LICENSE.md'),
    rule,
    read('LICENSE'),
  ].join('\n');
}

/** The names of the files that are not as the sources say. */
export async function findStaleClient(): Promise<readonly string[]> {
  const built = await buildClient();
  return Object.entries(built)
    .filter(([name, text]) => !existsSync(join(repositoryRoot, clientFolder, name)) || read(`${clientFolder}/${name}`) !== text)
    .map(([name]) => `${clientFolder}/${name}`);
}

/** How large a file is to a page (bytes). */
export function gzippedBytes(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}

/** The most that a file may weigh, compressed; undefined where the contract says nothing. */
export function gzippedBytesMax(name: string): number | undefined {
  const file = clientFiles.find(({ path }) => path === `/sdk/${name}`);
  return file !== undefined && 'gzippedBytesMax' in file ? file.gzippedBytesMax : undefined;
}

/** What a script consists of, the largest part first, for whoever has to make it smaller. */
export function contentsOf({ modules }: Bundle): string {
  return Object.entries(modules)
    .sort(([, a], [, b]) => b - a)
    .map(([path, bytes]) => `${String(bytes).padStart(7)} ${path}`)
    .join('\n');
}
