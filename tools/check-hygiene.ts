// What must not get into the repository: traces of the machine that a file was written on, addresses of the registry
// that a lock file was made with, and work left for later.

import { lineAt, readSourceTree, reportViolations, type SourceFile, type Violation } from './source-tree.ts';

const rules = [
  { rule: 'machine path', pattern: /(?<![\w.~-])\/(?:work|home|root)\//g, advice: 'use a path relative to the repository.' },
  {
    rule: 'registry',
    pattern: /registry[.]npmjs|"resolved":\s*"http/g,
    advice: 'name packages only; run `npm install` with the .npmrc here.',
  },
  { rule: 'unfinished', pattern: /\b(?:TO[D]O|FIX[M]E)\b/g, advice: 'do it now, or open an issue and say nothing here.' },
];

/** Checks that no file holds what only means something on one machine or at one time. */
export function checkHygiene(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap(({ path, text }) =>
    rules.flatMap(({ rule, pattern, advice }) =>
      [...text.matchAll(pattern)].map(({ index }) => ({ path, line: lineAt(text, index), rule, advice })),
    ),
  );
}

if (import.meta.main) reportViolations(checkHygiene(readSourceTree()));
