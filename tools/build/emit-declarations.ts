// The declarations (.d.ts) of the packages that are published, as the compiler emits them, parsed.

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { repositoryRoot } from '../source-tree.ts';

/** A node of the syntax tree (ESTree), as far as all nodes are alike. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

/** A declaration file. */
export interface DeclarationFile {
  /** The path of its source in the repository. */
  readonly path: string;
  readonly text: string;
  readonly statements: readonly SyntaxNode[];
  /** The doc comment before a place in the text, and where it begins; undefined where there is none. */
  commentBefore(place: number): { readonly text: string; readonly start: number } | undefined;
}

/** Finds the declarations of a module by the path of its source. */
export type Declarations = (path: string) => DeclarationFile;

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/**
 * Has the compiler emit the declarations of some modules and of all that they import. Throws with its words where it cannot.
 * @param entries paths in the repository
 */
export function emitDeclarations(entries: readonly string[]): Declarations {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-declarations-'));
  const configuration = JSON.parse(readFileSync(join(repositoryRoot, 'tsconfig.json'), 'utf8').replace(/^\s*\/\/.*$/gm, '')) as {
    compilerOptions: Record<string, unknown>;
  };
  const { noEmit: _, types, ...options } = configuration.compilerOptions;
  const flags = {
    ...options,
    lib: 'esnext,dom,dom.iterable',
    types: [types].flat().join(','),
    declaration: true,
    emitDeclarationOnly: true,
    // Types are checked by a check of their own.
    noCheck: true,
  };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // What is imported by the name of a package counts as foreign to the compiler, unless it is told to emit it.
  const contracts = globSync('packages/contracts/src/!(*.test).ts', { cwd: repositoryRoot });
  const sources = [...new Set([...entries, ...contracts])];
  try {
    execFileSync(process.execPath, [tsc, '--ignoreConfig', ...words, '--rootDir', '.', '--outDir', folder, ...sources], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    const files = new Map<string, DeclarationFile>();
    const read = (path: string) => {
      const file = files.get(path) ?? parseDeclarations(path, readFileSync(join(folder, path.replace(/\.ts$/, '.d.ts')), 'utf8'));
      files.set(path, file);
      return file;
    };
    readAll(entries, read);
    return (path) => {
      const file = files.get(path);
      if (file === undefined) throw new Error(`${path} was not reached from ${entries.join(', ')}.`);
      return file;
    };
  } catch (error) {
    throw new Error(`The declarations of ${entries.join(', ')} cannot be emitted: ${wordsOf(error)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function wordsOf(error: unknown): string {
  const { stdout = '', message } = error as Error & { stdout?: string };
  return stdout || message;
}

/** Reads everything that is reached, as long as the folder is there. */
function readAll(entries: readonly string[], read: (path: string) => DeclarationFile): void {
  const waiting = [...entries];
  const seen = new Set(waiting);
  for (const path of waiting) {
    for (const [, specifier = ''] of read(path).text.matchAll(/(?:\bfrom\s+|\bimport\()['"]([^'"]+)['"]/g)) {
      const target = sourceOf(specifier, path);
      if (target === undefined || seen.has(target)) continue;
      seen.add(target);
      waiting.push(target);
    }
  }
}

/** The source that a specifier leads to, by its path in the repository; undefined where it names a package of others. */
export function sourceOf(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(importer), specifier);
  const [, name, module = 'index'] = /^@gangway\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return name === undefined ? undefined : `packages/${name}/src/${module}.ts`;
}

/** Parses a declaration file. Throws where the text is none. */
export function parseDeclarations(path: string, text: string): DeclarationFile {
  const { program, comments, errors } = parseSync(path.replace(/\.ts$/, '.d.ts'), text, {});
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join(', ')}`);
  return {
    path,
    text,
    statements: program.body as unknown as readonly SyntaxNode[],
    commentBefore(place) {
      const comment = comments.findLast(({ end }) => end <= place);
      if (comment === undefined || comment.type !== 'Block' || !comment.value.startsWith('*')) return undefined;
      return text.slice(comment.end, place).trim() === '' ? { text: comment.value, start: comment.start } : undefined;
    },
  };
}

/** Calls `visit` with every node below one, itself included. */
export function walk(node: unknown, visit: (node: SyntaxNode) => void): void {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit);
    return;
  }
  if (typeof (node as SyntaxNode).type === 'string') visit(node as SyntaxNode);
  for (const member of Object.values(node)) walk(member, visit);
}
