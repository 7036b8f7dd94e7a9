// One call to the bundler, with what every bundle of this repository has in common: ES2022, the same bytes on every machine,
// and a list of what went in.

import { relative } from 'node:path';
import { rolldown } from 'rolldown';
import { repositoryRoot } from '../source-tree.ts';

/** The syntax that bundles may have: what browsers understand since spring 2023 (Chrome 94, Firefox 93, Safari 16.4). */
export const syntax = 'es2022';

/** What to bundle, and how. */
export interface BundleRequest {
  /** The module to begin with, by its path in the repository; several give a file each, and share what they have in common. */
  readonly entries: Readonly<Record<string, string>>;
  readonly format: 'iife' | 'esm';
  /** The global that a script makes. */
  readonly global?: string;
  readonly minify: boolean;
  /** The first line. */
  readonly banner?: string;
  /** What stays an import. */
  readonly external?: readonly (string | RegExp)[];
}

/** A file that came out. */
export interface Bundle {
  readonly name: string;
  readonly code: string;
  /** What went in, by its path in the repository, with the bytes that are left of it before minifying. */
  readonly modules: Readonly<Record<string, number>>;
  /** What it still imports. */
  readonly imports: readonly string[];
}

/** Bundles. Throws where something cannot be found, or is warned of. */
export async function bundle({
  entries,
  format,
  global,
  minify,
  banner,
  external = [],
}: BundleRequest): Promise<readonly Bundle[]> {
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: repositoryRoot,
    input: { ...entries },
    external: [...external],
    platform: 'browser',
    tsconfig: false,
    transform: { target: syntax },
    treeshake: true,
    onLog: (_level, { message }) => void warnings.push(message),
  });
  try {
    const { output } = await build.generate({
      format,
      minify,
      ...(global !== undefined && { name: global, exports: 'named' as const }),
      ...(banner !== undefined && { postBanner: banner }),
      // A script's global is an object for pages, which no loader of modules asks what it is.
      ...(format === 'iife' && { esModule: false, generatedCode: { symbols: false } }),
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      comments: { annotation: false, jsdoc: !minify, legal: false },
      codeSplitting: format === 'esm' && Object.keys(entries).length > 1,
    });
    if (warnings.length > 0) throw new Error(warnings.join('\n'));
    return output.flatMap((chunk) =>
      chunk.type !== 'chunk'
        ? []
        : [
            {
              name: chunk.fileName,
              code: chunk.code,
              modules: Object.fromEntries(
                Object.entries(chunk.modules).map(([id, { renderedLength }]) => [pathOf(id), renderedLength]),
              ),
              imports: [...chunk.imports, ...chunk.dynamicImports],
            },
          ],
    );
  } finally {
    await build.close();
  }
}

/** The path of a module in the repository; what the bundler itself adds has a name that no file has. */
function pathOf(id: string): string {
  return id.startsWith(repositoryRoot) ? relative(repositoryRoot, id) : id.replace(/^\0/, '');
}
