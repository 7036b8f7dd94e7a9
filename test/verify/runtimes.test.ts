// One suite, every runtime: Node, Bun, Deno and Workers, each as a process of its own, against a Gangway that runs as an
// operator runs it.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operate } from '../cli/operator.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import type { Gangway, Outcome } from './suite.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const program = join(here, 'run-here.ts');
const account = `AC${'a'.repeat(32)}`;
const [encryptedKey, signedKey] = [`CV${'1'.repeat(32)}`, `CV${'2'.repeat(32)}`];

/**
 * Where the program of a runtime lies: in the package for the platform, or where that one's install script, if it may run,
 * puts it.
 */
const programs = {
  Bun: [...forPlatforms('@oven/bun-', ['linux-x64', 'linux-aarch64', 'darwin-aarch64'], 'bin/bun'), 'bun/bin/bun.exe'],
  Deno: forPlatforms('@deno/', ['linux-x64-glibc', 'linux-arm64-glibc', 'darwin-arm64'], 'deno'),
  Workers: forPlatforms('@cloudflare/workerd-', ['linux-64', 'linux-arm64', 'darwin-arm64'], 'bin/workerd'),
};

function forPlatforms(name: string, platforms: readonly string[], path: string): readonly string[] {
  return platforms.map((platform) => `${name}${platform}/${path}`);
}

/** A real program, not the few lines that stand in its place until an install script has run. */
function isProgram(path: string): boolean {
  return existsSync(path) && statSync(path).size > 1_000_000;
}

function programOf(runtime: keyof typeof programs): string | undefined {
  const found = programs[runtime].map((path) => join(packages, path)).find(isProgram);
  if (found === undefined) console.log(`${runtime} is not installed for this platform: its run of the suite is skipped.`);
  return found;
}

const [bun, deno, workerd] = [programOf('Bun'), programOf('Deno'), programOf('Workers')];
const inCi = process.env.CI !== undefined;

let topology: Topology;
let gangway: Gangway;

beforeAll(async () => {
  const deployments = [
    { deploymentKeys: [encryptedKey], friendlyName: 'encrypted' },
    { deploymentKeys: [signedKey], friendlyName: 'signed', encrypt: false },
  ];
  topology = await startTopology('one process', { accounts: [{ sid: account, friendlyName: 'Owl Bikes', deployments }] });
  const scopedAuth = topology.processOf('scoped-auth');
  const credential = (await operate(scopedAuth, 'backends', 'create', 'a runtime', '--account', account)).split('\n', 1)[0] ?? '';
  const { publicUrl } = topology;
  gangway = { publicUrl, serviceUrl: scopedAuth.serviceUrl ?? '', credential, account, encryptedKey, signedKey };
});
afterAll(() => topology?.close());

function expectAllKept(outcomes: readonly Outcome[]): void {
  expect(outcomes.length).toBeGreaterThanOrEqual(10);
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
}

async function runProgram(path: string, ...args: string[]): Promise<readonly Outcome[]> {
  const { stdout } = await run(path, [...args, program, JSON.stringify(gangway)], { timeout: 25_000, cwd: here });
  return JSON.parse(stdout);
}

test('the suite can fail: against an address where nobody answers, no promise about a token is kept', async () => {
  const nowhere = { ...gangway, publicUrl: 'http://127.0.0.1:1' };
  const { stdout } = await run(process.execPath, [program, JSON.stringify(nowhere)], { timeout: 25_000, cwd: here });
  expect((JSON.parse(stdout) as Outcome[]).every(({ problem }) => problem !== undefined)).toBe(true);
});

test('Node', async () => {
  expectAllKept(await runProgram(process.execPath));
});

test.runIf(bun !== undefined || inCi)('Bun', async () => {
  expectAllKept(await runProgram(bun ?? '', 'run'));
});

test.runIf(deno !== undefined || inCi)('Deno', async () => {
  expectAllKept(await runProgram(deno ?? '', 'run', '--no-check', '--no-config', '--no-lock', '--allow-net', '--allow-read'));
});

test.runIf(workerd !== undefined || inCi).each([
  ['as they are', ''],
  ['with the modules of Node', ', compatibilityFlags = ["nodejs_compat"]'],
])('Workers %s', async (_name, flags) => {
  const folder = temporaryFolder();
  const bundle = await rolldown({ input: join(here, 'worker.ts'), platform: 'neutral' });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  const port = await freePort();
  writeFileSync(join(folder, 'worker.js'), output[0].code);
  writeFileSync(join(folder, 'config.capnp'), configuration(port, flags));
  const worker = spawn(workerd ?? '', ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const answer = await whenItAnswers(worker, `http://127.0.0.1:${port}/`);
    expectAllKept((await answer.json()) as Outcome[]);
  } finally {
    worker.kill();
  }
});

function configuration(port: number, flags: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-01-01"${flags})),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

/** Sends the suite's node as soon as the worker listens. */
async function whenItAnswers(worker: ChildProcess, url: string): Promise<Response> {
  const send = () => fetch(url, { method: 'POST', body: JSON.stringify(gangway), signal: AbortSignal.timeout(25_000) });
  for (;;) {
    if (worker.exitCode !== null) throw new Error(`workerd ended with ${worker.exitCode}`);
    const answer = await send().catch((error: Error) => (error.name === 'TypeError' ? undefined : Promise.reject(error)));
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
