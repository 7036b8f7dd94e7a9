// Project Wycheproof's vectors. They lie beside the repository and are no part of it: where they are missing one line says
// so, and in CI that is a failure.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const vectorsFolder = fileURLToPath(new URL('../../../../../../shared/vectors', import.meta.url));

/** A file of vectors. */
interface Vectors<Group, Vector> {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & {
    readonly tests: readonly (Vector & { readonly tcId: number; readonly result: 'valid' | 'invalid' })[];
  })[];
}

/** Whether the vectors are there. */
export const present = existsSync(vectorsFolder);
if (!present) console.log(`Wycheproof's vectors are not at ${vectorsFolder}: their tests are skipped.`);

/** Reads a file of vectors. */
export function readVectors<Group, Vector>(name: string): Vectors<Group, Vector> {
  return JSON.parse(readFileSync(join(vectorsFolder, name), 'utf8'));
}

/** Adds the test that fails in CI where the vectors are missing. */
export function testVectorsPresent(): void {
  test.runIf(process.env.CI !== undefined)("Wycheproof's vectors are there in CI", () => {
    expect(present, vectorsFolder).toBe(true);
  });
}
