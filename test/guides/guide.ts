// A guide of the documentation, and what it takes to follow it: the blocks as they stand there, a node with the
// configuration that the quick start declares, a folder of the reader's own.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { type GangwayNode, startNode } from '../../packages/services/src/node.ts';
import { openLog } from '../../packages/services/src/platform/log.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { buildPackage, publishedPackages } from '../../tools/build/package.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The blocks of a page in a language, in their order; those inside a list lose its indentation. */
export function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const found = [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, 'gm'))];
  return found.map(([, indentation = '', block = '']) => block.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''));
}

/** The only block of a page in a language that a pattern fits. */
export function blockOf(page: string, language: string, pattern: RegExp): string {
  const [block, ...others] = blocksOf(page, language).filter((text) => pattern.test(text));
  if (block === undefined || others.length > 0) throw new Error(`docs/${page} has no single ${language} block like ${pattern}.`);
  return block;
}

/** Someone who follows a guide. */
export interface Reader {
  readonly node: GangwayNode;
  /** The address of the reader's own site, with a slash at its end. */
  readonly siteUrl: string;
  /** A block with the addresses of this test. */
  here(text: string): string;
  /** Runs the lines of a block that install something in the reader's folder, without a network. */
  install(command: string): Promise<void>;
  /** Saves a file into the reader's folder, with the addresses of this test. */
  save(name: string, text: string): void;
  /** The reader's folder. */
  readonly folder: string;
  /** Runs a shell command as it stands there, and gives what it printed. */
  run(command: string): Promise<string>;
  /** Starts `server.mjs` and waits until it answers. */
  startServer(environment: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a node with the configuration of the quick start. Beside the reader's folder lies Gangway's, as after `npm run build`. */
export async function startReader(): Promise<Reader> {
  const home = mkdtempSync(join(tmpdir(), 'gangway-guide-'));
  const folder = join(home, 'site');
  mkdirSync(folder);
  await Promise.all(publishedPackages.map((name) => buildPackage(name, join(home, 'gangway/dist', name))));
  symlinkSync(join(root, 'node_modules'), join(home, 'gangway/node_modules'));
  const [configuration = ''] = blocksOf('quick-start.md', 'json');
  writeFileSync(join(home, 'gangway.json'), configuration);
  const environment = {
    GANGWAY_PORT: '0',
    GANGWAY_ADMIN_PORT: '0',
    GANGWAY_SERVICE_PORT: '0',
    GANGWAY_DATA_DIR: join(home, 'data'),
    GANGWAY_CONFIG: join(home, 'gangway.json'),
  };
  const node = await startNode(readSettings(environment, {}), { log: openLog('silent').log });
  const port = await freePort();
  const siteUrl = `http://localhost:${port}/`;
  const here = (text: string) =>
    text
      .replaceAll('http://localhost:4000', node.publicUrl ?? '')
      .replaceAll('http://localhost:4002', node.serviceUrl ?? '')
      .replaceAll('http://localhost:8080', siteUrl.slice(0, -1))
      .replaceAll('listen(8080)', `listen(${port})`);
  const servers: { kill(): boolean }[] = [];
  return {
    node,
    siteUrl,
    folder,
    here,
    async install(command) {
      const env = { ...process.env, npm_config_offline: 'true', npm_config_loglevel: 'error' };
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: folder, env });
      if (!stdout.includes('added')) throw new Error(`${command}: ${stdout}`);
    },
    save: (name, text) => writeFileSync(join(folder, name), here(text)),
    async run(command) {
      const env = { ...process.env, GANGWAY_DATA_DIR: environment.GANGWAY_DATA_DIR };
      return (await promisify(execFile)('sh', ['-c', here(command)], { cwd: root, env })).stdout;
    },
    async startServer(more) {
      const env = { ...process.env, ...more };
      const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] });
      servers.push(server);
      await vi.waitFor(() => fetch(siteUrl), { timeout: 15_000 });
    },
    async close() {
      for (const server of servers) server.kill();
      await node.close();
      rmSync(home, { recursive: true });
    },
  };
}
