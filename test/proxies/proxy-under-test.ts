// The proxies whose configurations are shipped, each started with its file from examples/proxies as it stands there; only
// addresses, ports and the credential are those of the test.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { findProgram, type Program } from './debian-program.ts';

/** Whom a proxy asks, and whom it stands before. */
export interface Surroundings {
  readonly serviceUrl: string;
  readonly credential: string;
  readonly backendUrl: string;
}

/** A proxy that can be started. */
export interface ProxyUnderTest {
  readonly name: string;
  /** The address that visitors know. */
  readonly publicUrl: string;
  /** Starts it for as long as the test lasts; gives the address at which it listens. */
  start(surroundings: Surroundings): Promise<string>;
}

/** A configuration of examples/proxies, with the addresses and the credential of the test. */
export function configuration(file: string, { serviceUrl, credential, backendUrl }: Surroundings): string {
  const text = readFileSync(fileURLToPath(new URL(`../../examples/proxies/${file}`, import.meta.url)), 'utf8');
  const addressOf = (url: string) => new URL(url).host.split(':');
  const [serviceHost, servicePort] = addressOf(serviceUrl);
  const [backendHost, backendPort] = addressOf(backendUrl);
  // The second form is Envoy's.
  const changes: [RegExp, string][] = [
    [/127\.0\.0\.1(:|, port_value: )4002/g, `${serviceHost}$1${servicePort}`],
    [/127\.0\.0\.1(:|, port_value: )8080/g, `${backendHost}$1${backendPort}`],
    [/gwb_…/g, credential],
  ];
  return changes.reduce((changed, [from, to]) => {
    if (changed.search(from) < 0) throw new Error(`${file} does not say ${from}.`);
    return changed.replaceAll(from, to);
  }, text);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program until the test ends; waits until it answers at the port. */
async function run({ file, environment }: Program, args: readonly string[], url: string, folder: string): Promise<string> {
  // NGINX would mean something else to nginx: sockets that it inherits.
  const env = { ...process.env, ...environment, NGINX: undefined, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  let said = '';
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const state = () =>
    child.exitCode === null
      ? fetch(url).then(
          () => 'up',
          () => 'starting',
        )
      : said;
  await expect.poll(state, { timeout: 10_000 }).toBe('up');
  return url;
}

/** A real nginx around the text of `http { … }`. */
export async function startNginx(program: Program, servers: string, port: number): Promise<string> {
  const folder = temporaryFolder();
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  const file = join(folder, 'nginx.conf');
  const head = `daemon off; pid ${folder}/pid; error_log stderr;`;
  writeFileSync(file, `${head}\nevents {}\nhttp {\naccess_log off; ${paths}\n${servers}}\n`);
  return run(program, ['-c', file, '-p', folder], `http://127.0.0.1:${port}`, folder);
}

export const nginx = findProgram({ name: 'nginx', path: 'usr/sbin/nginx', question: '-v' });
export const caddy = findProgram({ name: 'caddy', path: 'usr/bin/caddy', question: 'version' });

function needed(program: Program | undefined): Program {
  if (program === undefined) throw new Error('The program is missing, and could not be fetched.');
  return program;
}

const all: readonly ProxyUnderTest[] = [
  {
    name: 'nginx',
    publicUrl: 'https://chat.example',
    async start(surroundings) {
      const port = await freePort();
      const servers = configuration('nginx.conf', surroundings).replace('listen 443 ssl;', `listen 127.0.0.1:${port};`);
      return startNginx(needed(nginx), servers, port);
    },
  },
  {
    name: 'Caddy',
    publicUrl: 'http://chat.example',
    async start(surroundings) {
      const port = await freePort();
      const folder = temporaryFolder();
      const site = `http://chat.example:${port} {\n\tbind 127.0.0.1\n`;
      const text = configuration('Caddyfile', surroundings).replace('chat.example {\n', site);
      writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n}\n${text}`);
      const args = ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
      return run(needed(caddy), args, `http://127.0.0.1:${port}`, folder);
    },
  },
];

/** nginx and Caddy, as far as they are here. In CI both: one that is not here fails there. */
export const realProxies = all.filter(({ name }) => process.env.CI || (name === 'nginx' ? nginx : caddy) !== undefined);
