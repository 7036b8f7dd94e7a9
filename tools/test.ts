// What `npm test` runs: every check, then every test. A step that fails does not hide the next one. The last line says
// how many passed and failed, each check counting as one. With arguments, only the tests that they name run.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from './source-tree.ts';
import { addTallies, formatTally, readVitestTally, type Tally } from './test-tally.ts';

const executables = join(repositoryRoot, 'node_modules/.bin');

const checks = [
  { name: 'formatter and linter', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc', '--project', 'tsconfig.json'] },
  { name: 'types, with a page', command: ['tsc', '--project', 'tsconfig.browser.json'] },
  { name: 'imports', command: ['node', 'tools/check-imports.ts'] },
  { name: 'hygiene', command: ['node', 'tools/check-hygiene.ts'] },
  { name: 'built client is current', command: ['node', 'tools/build-sdk.ts', '--check'] },
  { name: 'generated docs are current', command: ['node', 'tools/generate-docs.ts', '--check'] },
];

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

async function run(command: readonly string[], stdio: 'pipe' | 'inherit'): Promise<Outcome> {
  const [file = '', ...words] = command;
  const env = { ...process.env, NODE_ENV: 'test', PATH: `${executables}${delimiter}${process.env.PATH}` };
  const child = spawn(file, words, { cwd: repositoryRoot, env, stdio: ['ignore', stdio, stdio] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  child.on('error', (error) => resolve({ ok: false, output: error.message }));
  child.on('close', (code) => resolve({ ok: code === 0, output }));
  return promise;
}

async function runCheck(name: string, command: readonly string[]): Promise<Tally> {
  const startedAt = performance.now();
  process.stdout.write(`▸ ${name} … `);
  const { ok, output } = await run(command, 'pipe');
  console.log(`${ok ? 'ok' : 'failed'} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  if (!ok) console.log(`\n${output.trim()}\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

async function runTests(filters: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-test-'));
  const report = join(folder, 'report.json');
  try {
    console.log('▸ tests');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { ok } = await run(['vitest', 'run', ...reporters, ...filters], 'inherit');
    return readVitestTally(report, ok);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const filters = process.argv.slice(2);
let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
if (filters.length === 0) {
  for (const { name, command } of checks) tally = addTallies(tally, await runCheck(name, command));
}
tally = addTallies(tally, await runTests(filters));
console.log(formatTally(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;
