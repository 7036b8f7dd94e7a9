// Programs that some tests need and no package of npm brings. Where the machine has none and Debian's tools are there, they are
// downloaded once and unpacked below node_modules, beside the system: nothing is installed, and no service starts.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How to start a program. */
export interface Program {
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a program is called where. */
export interface Wanted {
  /** Of the program, and of Debian's package. */
  readonly name: string;
  /** Where the package has it. */
  readonly path: string;
  /** What it is asked to see whether it runs. */
  readonly question: string;
}

const usualCache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
const timeLimitMs = 60_000;

/**
 * Finds a program: the one that the environment names (`NGINX` for nginx), one in the path, or Debian's. Undefined, and one
 * line that says so, where there is none and none could be had.
 */
export function findProgram({ name, path, question }: Wanted, cache: string = usualCache): Program | undefined {
  const runs = ({ file, environment }: Program) =>
    spawnSync(file, [question], { env: { ...process.env, ...environment } }).status === 0;
  const named = process.env[name.toUpperCase()];
  const candidates = (named === undefined ? [name, `/usr/sbin/${name}`] : [named]).map((file) => ({ file, environment: {} }));
  const found = candidates.find(runs);
  if (found !== undefined || named !== undefined) return found;
  const folder = join(cache, `debian-${name}`);
  if (!existsSync(folder)) unpackInto(folder, name);
  const libraries = [...new Set(globSync('usr/lib/*-linux-gnu/**/*.so*', { cwd: folder }).map(dirname))];
  const environment = { LD_LIBRARY_PATH: libraries.map((library) => join(folder, library)).join(':') };
  const unpacked = { file: join(folder, path), environment };
  if (existsSync(unpacked.file) && runs(unpacked)) return unpacked;
  console.log(`There is no ${name} here: what needs it was not run.`);
  return undefined;
}

/** Two test processes may do it at the same time: the folder appears only when it is complete. */
function unpackInto(folder: string, name: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const staging = mkdtempSync(`${folder}-`);
  // The package, and those libraries that this system lacks. Lists of packages that are old are updated where that is allowed.
  const script = `
    list() { apt-get install -s --no-install-recommends "$0" | awk '/^Inst/ { print $2 }'; }
    fetch() { packages=$(list) && [ -n "$packages" ] && apt-get download -qq -o APT::Sandbox::User=root $packages; }
    fetch || { apt-get update -qq && fetch; } || exit 1
    for package in ./*.deb; do dpkg -x "$package" . && rm "$package"; done`;
  try {
    const { status } = spawnSync('sh', ['-c', script, name], { cwd: staging, timeout: timeLimitMs, stdio: 'ignore' });
    if (status === 0) renameSync(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
