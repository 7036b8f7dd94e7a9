// Gangway as an operator runs it: a process of the operating system, started by the command line, with nothing but the
// settings that a test gives. Every process started here ends with the test run, however that ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
const commandLine = join(repositoryRoot, 'packages/services/src/cli.ts');
/** Starting takes a second; a machine that is busy with other tests may need several. */
const deadlineMs = 20_000;
const readyLine = 'is ready.';

/** What a process was told. */
export interface StartOptions {
  /** The services it runs; all of them where none are named. */
  readonly services?: readonly string[];
  readonly dataFolder: string;
  /** Settings by their environment name without `GANGWAY_`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What `ready.json` says. */
export interface Ready {
  readonly publicUrl: string | null;
  readonly adminUrl: string;
  readonly serviceUrl: string | null;
  readonly pid: number;
}

/** How a process ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that answers. */
export interface GangwayProcess extends Ready {
  readonly dataFolder: string;
  /** What it has written to standard output so far: its banner and its log. */
  stdout(): string;
  /** Reads no more of its standard output, as a program does that ended. */
  hangUp(): void;
  /** Sends a signal; whoever wants to know how it ended awaits `ended`. */
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The environment of a process: no variable of the test run's own counts. Ports are free ones unless the test says otherwise. */
function environmentOf({ dataFolder, settings }: StartOptions): NodeJS.ProcessEnv {
  const given = { PORT: '0', ADMIN_PORT: '0', SERVICE_PORT: '0', DATA_DIR: dataFolder, ...settings };
  return {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/gangway-tests'),
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`GANGWAY_${name}`, value])),
  };
}

function spawnGangway(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [commandLine, ...args], { cwd: repositoryRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const written = { stdout: '', stderr: '' };
  const heard = new EventTarget();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      heard.dispatchEvent(new Event('output'));
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, ...written });
    });
  });
  return { child, written, heard, ended };
}

/**
 * Runs a command to its end, such as a start that must fail.
 * @param args the words after `gangway`
 */
export async function runGangway(args: readonly string[], options: StartOptions): Promise<Ended> {
  const { child, ended } = spawnGangway(args, environmentOf(options));
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const outcome = await ended;
  clearTimeout(deadline);
  return outcome;
}

/** Starts a process and waits until it says that it is ready. Throws with its output where it ends or hangs instead. */
export async function startGangway(options: StartOptions): Promise<GangwayProcess> {
  const { child, written, heard, ended } = spawnGangway(['start', ...(options.services ?? [])], environmentOf(options));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (what: string) => reject(new Error(`Gangway ${what}:\n${written.stdout}${written.stderr}`));
  heard.addEventListener('output', () => written.stdout.includes(readyLine) && resolve());
  const deadline = setTimeout(() => {
    child.kill('SIGKILL');
    fail('was not ready in time');
  }, deadlineMs);
  ended.then(({ code, signal }) => fail(`ended (${code ?? signal})`), reject);
  await promise;
  clearTimeout(deadline);
  const ready = JSON.parse(readFileSync(join(options.dataFolder, 'ready.json'), 'utf8')) as Ready;
  return {
    ...ready,
    dataFolder: options.dataFolder,
    stdout: () => written.stdout,
    hangUp: () => void child.stdout.destroy(),
    signal: (name) => child.kill(name),
    ended,
  };
}
