// What is measured: Gangway as an operator starts it, and the bare server; each in a process of its own, on the first
// processor where the system can pin it there.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What is asked, and how a right answer looks. */
export interface Job {
  readonly name: 'create' | 'refresh' | 'validate' | 'verify';
  readonly url: string;
  /** POST, unless another. */
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

/** A server under measurement. */
export interface Subject {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
const root = new URL('..', import.meta.url).pathname;

/** Where the load comes from, when it can be chosen. */
export function pinSelf(): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', '1', String(process.pid)]);
}

function spawnPinned(args: readonly string[], env: NodeJS.ProcessEnv, ipc: boolean): Subject & { process: ChildProcess } {
  const command = canPin ? ['taskset', '-c', '0', process.execPath] : [process.execPath];
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    // The access log is written, as in production; to where it costs the reader nothing.
    stdio: ipc ? ['ignore', 'ignore', 'inherit', 'ipc'] : ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  };
  return { process: child, stop };
}

/** Starts Gangway with one open deployment whose limits do not stop the load. */
export async function startGangway(
  serviceSecret: string,
): Promise<Subject & { publicUrl: string; serviceUrl: string; deploymentKey: string; createCredential(): string }> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-bench-'));
  const deploymentKey = `CV${'b'.repeat(32)}`;
  const accountSid = `AC${'b'.repeat(32)}`;
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      accounts: [
        {
          sid: accountSid,
          deployments: [
            {
              deploymentKeys: [deploymentKey],
              allowedOrigins: ['https://www.owlbikes.example', 'https://*.owlbikes.example'],
              limits: { createPerMinutePerAddress: 1_000_000, refreshPerMinutePerSession: 1_000_000 },
            },
          ],
        },
      ],
    }),
  );
  const data = join(folder, 'data');
  const subject = spawnPinned(
    ['packages/services/src/cli.ts', 'start'],
    {
      NODE_ENV: 'production',
      GANGWAY_CONFIG: config,
      GANGWAY_DATA_DIR: data,
      GANGWAY_PORT: '0',
      GANGWAY_ADMIN_PORT: '0',
      GANGWAY_SERVICE_PORT: '0',
      GANGWAY_SERVICE_SECRET: serviceSecret,
    },
    false,
  );
  const ready = join(data, 'ready.json');
  for (let tries = 0; !existsSync(ready); tries += 1) {
    if (tries > 500 || subject.process.exitCode !== null) throw new Error('Gangway did not start.');
    await delay(20);
  }
  const { publicUrl, serviceUrl } = JSON.parse(readFileSync(ready, 'utf8')) as { publicUrl: string; serviceUrl: string };
  const stop = async () => {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const words = ['packages/services/src/cli.ts', 'backends', 'create', 'bench', '--account', accountSid, '--data-dir', data];
  const createCredential = () => {
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error('No credential could be made.');
    return stdout.split('\n', 1)[0] ?? '';
  };
  return { ...subject, stop, publicUrl, serviceUrl, deploymentKey, createCredential };
}

/** Starts the bare server that imitates an answer of Gangway's. */
export async function startBare(job: Job, answer: unknown): Promise<Subject & { url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-bench-'));
  const template = join(folder, 'answer.json');
  writeFileSync(template, JSON.stringify(answer));
  const subject = spawnPinned(['bench/bare-server.ts', job.name, template], { NODE_ENV: 'production' }, true);
  const { port } = await new Promise<{ port: number }>((resolve) =>
    subject.process.once('message', (message) => resolve(message as { port: number })),
  );
  const stop = async () => {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...subject, stop, url: `http://127.0.0.1:${port}${new URL(job.url).pathname}` };
}
