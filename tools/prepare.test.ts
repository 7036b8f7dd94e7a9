// What `npm start` and `npm test` do before they begin, shown with a stand-in for npm in a folder of its own.

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** Notes how it was called, then leaves behind what npm would: its own list, and the Node release. */
const standIn = `
const { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync('calls', words.join(' ') + '\\n');
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const kept = Object.entries(packages).filter(([, entry]) => words.includes('--include=dev') || !entry.dev);
mkdirSync('node_modules/.bin', { recursive: true });
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: Object.fromEntries(kept) }));
rmSync('node_modules/.bin/node', { force: true });
if (!process.env.SCRIPTS_OFF) symlinkSync(process.execPath, 'node_modules/.bin/node');
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-prepare-'));
  mkdirSync(join(folder, 'tools'));
  copyFileSync(new URL('prepare.mjs', import.meta.url), join(folder, 'tools/prepare.mjs'));
  writeFileSync(join(folder, 'npm-cli.js'), standIn);
  lock({ 'node_modules/fastify': { version: '5.0.0' }, 'node_modules/vitest': { version: '5.0.0', dev: true } });
  declare({ engines: { node: '>=20' }, dependencies: { node: process.versions.node } });
});

afterEach(() => rmSync(folder, { recursive: true }));

function declare(manifest: object): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
}

function lock(packages: object): void {
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
}

async function prepare(purpose: string, environment: Readonly<Record<string, string>> = {}) {
  const npm = { npm_execpath: join(folder, 'npm-cli.js'), npm_node_execpath: process.execPath };
  const child = spawn(process.execPath, ['tools/prepare.mjs', purpose], { cwd: folder, env: { ...npm, ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on('close', resolve);
  return { code: await promise, output };
}

function calls(): readonly string[] {
  const path = join(folder, 'calls');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').trim().replaceAll(' --loglevel=error', '').split('\n');
}

it('installs what a start needs, once', async () => {
  expect(await prepare('start')).toMatchObject({ code: 0, output: expect.stringContaining('Installing') });
  expect(await prepare('start')).toEqual({ code: 0, output: '' });
  expect(calls()).toEqual(['ci --omit=dev']);
});

it('adds what the tests need, also where NODE_ENV is production, without removing what a running server uses', async () => {
  await prepare('start');
  await prepare('test', { NODE_ENV: 'production' });
  await prepare('start');
  expect(calls()).toEqual(['ci --omit=dev', 'install --no-save --include=dev']);
});

it('installs anew when package-lock.json names another version', async () => {
  await prepare('start');
  lock({ 'node_modules/fastify': { version: '5.0.1' } });
  await prepare('start');
  expect(calls()).toEqual(['ci --omit=dev', 'ci --omit=dev']);
});

it('installs once when two start at the same time, and after one that was killed', async () => {
  writeFileSync(join(folder, '.installing'), '999999999');
  const both = await Promise.all([prepare('test'), prepare('test')]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(calls()).toEqual(['ci --include=dev']);
  expect(existsSync(join(folder, '.installing'))).toBe(false);
});

it('says what to do when the Node release did not come', async () => {
  const { code, output } = await prepare('start', { SCRIPTS_OFF: 'yes' });
  expect(code).toBe(1);
  expect(output).toContain('npm rebuild node --ignore-scripts=false');
  expect(calls()).toEqual(['ci --omit=dev', 'rebuild node']);
});

it('refuses a Node that is too old, in one line', async () => {
  declare({ engines: { node: '>=99' }, dependencies: { node: process.versions.node } });
  const { code, output } = await prepare('start');
  expect(code).toBe(1);
  expect(output).toBe(`Gangway needs Node 99 or later; this is ${process.version}.\n`);
});
