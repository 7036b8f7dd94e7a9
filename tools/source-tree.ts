// What the checks look at: every text file of the repository that is not ignored. It reads .gitignore instead of
// asking git, so that the checks also run in an unpacked archive and in containers where git distrusts the folder.

import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file; `path` is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Something that a check refuses, and what to do instead. */
export interface Violation {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly rule: string;
  readonly advice: string;
}

export const repositoryRoot: string = fileURLToPath(new URL('../', import.meta.url));

/** Reads every text file that .gitignore does not name; files with a NUL byte are not text. */
export function readSourceTree(root: string = repositoryRoot): readonly SourceFile[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean);
  const names = ['.git', ...ignored.map((line) => line.replace(/\/$/, ''))];
  return listFiles(root, names)
    .map((path) => ({ path: relative(root, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }))
    .filter((file) => !file.text.includes('\0'));
}

function listFiles(folder: string, ignoredNames: readonly string[]): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !ignoredNames.some((name) => matchesGlob(entry.name, name)))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path, ignoredNames);
      return entry.isFile() ? [path] : [];
    });
}

/** Finds the line of a position in a text, counted from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Prints each violation as `file:line: rule: what to do` and makes the process fail if there is any. */
export function reportViolations(violations: readonly Violation[]): void {
  for (const { path, line, rule, advice } of violations) console.error(`${path}:${line}: ${rule}: ${advice}`);
  if (violations.length > 0) process.exitCode = 1;
}
