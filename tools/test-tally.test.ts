// The last line of `npm test` never says less than what went wrong.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { addTallies, formatTally, readVitestTally } from './test-tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'gangway-tally-'));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(counts: Readonly<Record<string, number>>, testResults: readonly object[] = []): string {
  const path = join(folder, 'report.json');
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(path, JSON.stringify({ ...none, ...counts, testResults }));
  return path;
}

it('takes the counts from the report', () => {
  const path = reportOf({ numPassedTests: 5, numPendingTests: 2, numTodoTests: 1 });
  expect(readVitestTally(path, true)).toEqual({ passed: 5, failed: 0, skipped: 3 });
});

it('counts a file that does not load as a failure', () => {
  const path = reportOf({ numPassedTests: 5 }, [{ status: 'failed', assertionResults: [] }]);
  expect(readVitestTally(path, false)).toEqual({ passed: 5, failed: 1, skipped: 0 });
});

it('counts a test that fails once, not again for its file', () => {
  const path = reportOf({ numFailedTests: 1 }, [{ status: 'failed', assertionResults: [{ status: 'failed' }] }]);
  expect(readVitestTally(path, false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it('counts a run that went wrong without saying where, and one that left no report', () => {
  expect(readVitestTally(reportOf({ numPassedTests: 5 }), false)).toMatchObject({ failed: 1 });
  expect(readVitestTally(join(folder, 'none.json'), true)).toMatchObject({ failed: 1 });
});

it('writes skipped tests only if there are any', () => {
  const tally = addTallies({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 0, skipped: 0 });
  expect(formatTally(tally)).toBe('3 passed, 0 failed');
  expect(formatTally({ ...tally, skipped: 4 })).toBe('3 passed, 0 failed, 4 skipped');
});
