// Makes `npm start` and `npm test` the only command after a clone: installs the packages that package-lock.json names
// where they are missing, and sees to it that the Node release of this repository came with them. Plain JavaScript of
// built-in modules, because it runs on whatever Node the machine has.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const node = `${root}node_modules/.bin/node`;
const turnFile = `${root}.installing`;
const withDevelopment = process.argv[2] !== 'start';

class Unprepared extends Error {}

/**
 * Compares what is installed with what package-lock.json names. npm writes its own list last of all, so an install that
 * was cut short has none. Optional and peer packages depend on the machine and the user's npm settings: not compared.
 *
 * @param {boolean} development whether development packages are needed too
 * @returns {'complete' | 'incomplete' | 'different'} `incomplete`: what is there is right, but more is needed
 */
function compareInstalled(development) {
  const wanted = readJson('package-lock.json')?.packages;
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!wanted) throw new Unprepared('package-lock.json is missing: restore it with `git checkout package-lock.json`.');
  if (!installed) return 'different';
  let verdict = 'complete';
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/') || entry.optional || entry.devOptional || entry.peer) continue;
    const found = installed[path];
    if (found && (found.version !== entry.version || found.integrity !== entry.integrity)) return 'different';
    if (!found && (development || !entry.dev)) verdict = 'incomplete';
  }
  return verdict;
}

/** Installs what is missing. A tree that is right so far is added to, so that a running server keeps its modules. */
function install() {
  const verdict = compareInstalled(withDevelopment);
  if (verdict === 'complete') return;
  console.log(`Installing the packages that ${withDevelopment ? 'the tests need' : 'Gangway needs'} …`);
  const command = verdict === 'incomplete' ? ['install', '--no-save'] : ['ci'];
  npm(...command, withDevelopment ? '--include=dev' : '--omit=dev');
}

/** Checks the Node release that was installed; asks npm once more for it before giving up. */
function checkNode() {
  const wanted = `v${readJson('package.json').dependencies.node}`;
  if (installedNode() === wanted) return;
  npm('rebuild', 'node');
  const found = installedNode();
  if (found === wanted) return;
  rmSync(node, { force: true });
  throw new Unprepared(
    `Node ${wanted} did not come with the packages (${found}). If install scripts are turned off, run ` +
      '`npm rebuild node --ignore-scripts=false`. If this system cannot run that release ' +
      `(${process.platform} ${process.arch}; on Linux it needs glibc), use a container of Debian or Ubuntu.`,
  );
}

/** @returns {string} the version of the installed Node, or why there is none */
function installedNode() {
  try {
    if (realpathSync(process.execPath) === realpathSync(node)) return process.version;
    return execFileSync(node, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (error) {
    return error.code === 'ENOENT' ? 'none is installed' : 'the installed one does not run';
  }
}

/**
 * Runs the npm that called, on the Node that it runs on: the installed one may be replaced meanwhile. Errors only, since
 * npm would warn of every package that wants a later Node than the machine's.
 */
function npm(...words) {
  const command = [...words, '--loglevel=error'];
  const { npm_execpath: script, npm_node_execpath: runtime } = process.env;
  const known = script?.endsWith('npm-cli.js') && runtime;
  const { status } = spawnSync(known ? runtime : 'npm', known ? [script, ...command] : command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Unprepared(`\`npm ${words.join(' ')}\` failed; its own words are above.`);
}

/** Does the work while no other process does it in this folder. A process that died gives its turn back. */
async function inTurn(work) {
  for (;;) {
    try {
      writeFileSync(turnFile, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isTurnAbandoned()) rmSync(turnFile, { force: true });
    else await sleep(200);
  }
  try {
    work();
  } finally {
    rmSync(turnFile, { force: true });
  }
}

function isTurnAbandoned() {
  try {
    process.kill(Number(readFileSync(turnFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(root + path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function prepare() {
  const oldest = Number(/\d+/.exec(readJson('package.json').engines.node)?.[0]);
  if (Number.parseInt(process.versions.node, 10) < oldest) {
    throw new Unprepared(`Gangway needs Node ${oldest} or later; this is ${process.version}.`);
  }
  const ready =
    compareInstalled(withDevelopment) === 'complete' && installedNode() === `v${readJson('package.json').dependencies.node}`;
  if (ready) return;
  await inTurn(() => {
    install();
    checkNode();
  });
}

try {
  await prepare();
} catch (error) {
  if (!(error instanceof Unprepared)) throw error;
  console.error(error.message);
  process.exit(1);
}
