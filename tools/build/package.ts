// A folder that can be published: compiled modules, their types, a manifest that names nothing of this workspace, the
// package's own README and the license.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../source-tree.ts';
import { bundle } from './bundle.ts';
import { exportsOf } from './declared-names.ts';
import { emitDeclarations } from './emit-declarations.ts';
import { joinDeclarations } from './join-declarations.ts';

/** The packages that are published; each is a folder in `packages`. */
export const publishedPackages = ['sdk', 'verify'] as const;

/** The manifest of a package of the workspace, as far as it says what is published. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  /** What adapters are for. Not named as peers here: npm would install them for everyone who runs a node. */
  readonly optionalPeers?: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean;
}

const oldestNode = '>=20';

/** A package of the workspace, with its entries by the name of the file that each becomes. */
export function readPackage(name: string) {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(manifest.exports).map(([subpath, source]) => ({
    subpath,
    name: subpath === '.' ? 'index' : subpath.slice(2),
    path: join(folder, source),
  }));
  return { folder, manifest, entries };
}

/** Builds a package into a folder, which is emptied first. */
export async function buildPackage(name: string, target: string): Promise<void> {
  const { folder, manifest, entries } = readPackage(name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });

  const peers = Object.keys({ ...manifest.dependencies, ...manifest.optionalPeers });
  const chunks = await bundle({
    entries: Object.fromEntries(entries.map((entry) => [entry.name, entry.path])),
    format: 'esm',
    minify: false,
    external: [/^node:/, ...peers],
  });
  const files = new Set(chunks.map((chunk) => chunk.name));
  for (const { name: file, code, imports } of chunks) {
    const foreign = imports.filter((each) => !files.has(each) && !each.startsWith('node:') && !peers.includes(each));
    if (foreign.length > 0) throw new Error(`${manifest.name} imports ${foreign.join(', ')}, which its manifest does not name.`);
    writeFileSync(join(target, file), code);
  }

  const declarations = emitDeclarations(entries.map(({ path }) => path));
  const [main] = entries;
  if (main === undefined) throw new Error(`${manifest.name} exports nothing.`);
  const nodes = new Map([...exportsOf(main.path, declarations)].map(([each, { node }]) => [node, each]));
  for (const entry of entries) {
    const options = entry === main ? {} : { elsewhere: { specifier: './index.js', nodes } };
    writeFileSync(join(target, `${entry.name}.d.ts`), joinDeclarations(entry.path, declarations, options));
  }

  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest, entries), undefined, 2)}\n`);
  copyFileSync(join(repositoryRoot, 'LICENSE'), join(target, 'LICENSE'));
  const readme = join(repositoryRoot, folder, 'README.md');
  if (!existsSync(readme)) throw new Error(`${folder} has no README.md to publish.`);
  copyFileSync(readme, join(target, 'README.md'));
}

function publishedManifest(manifest: Manifest, entries: readonly { readonly subpath: string; readonly name: string }[]): object {
  const { name, version, license, description, dependencies, optionalPeers } = manifest;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: oldestNode },
    exports: Object.fromEntries([
      ...entries.map(({ subpath, name: file }) => [subpath, { types: `./${file}.d.ts`, default: `./${file}.js` }]),
      ['./package.json', './package.json'],
    ]),
    types: './index.d.ts',
    ...(dependencies !== undefined && { dependencies }),
    ...(optionalPeers !== undefined && {
      peerDependencies: optionalPeers,
      peerDependenciesMeta: Object.fromEntries(Object.keys(optionalPeers).map((peer) => [peer, { optional: true }])),
    }),
  };
}
