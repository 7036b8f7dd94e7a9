// What tests of the examples stand on: a node, and a site that serves an example's files as they lie there. Only addresses
// and the key are those of the test.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode } from '../../packages/services/src/node.ts';
import { openLog } from '../../packages/services/src/platform/log.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';

/** Where the examples are. */
export const examplesFolder: string = fileURLToPath(new URL('../../examples/', import.meta.url));

/** The address and the key that stand in the examples. */
export const writtenUrl = 'http://localhost:4000';
export const writtenKey = 'CV00000000000000000000000000000001';

/** A node as `npm start` starts it. */
export interface ExampleNode {
  readonly url: string;
  readonly deploymentKey: string;
  close(): Promise<void>;
}

/** Starts a node on free ports and an empty data folder. */
export async function startExampleNode(): Promise<ExampleNode> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-example-'));
  const environment = { GANGWAY_PORT: '0', GANGWAY_ADMIN_PORT: '0', GANGWAY_SERVICE_PORT: '0', GANGWAY_DATA_DIR: folder };
  const node = await startNode(readSettings(environment, {}), { log: openLog('silent').log });
  const { publicUrl: url, deploymentKey } = node;
  if (url === null || deploymentKey === undefined) throw new Error('the node has no demo deployment');
  return {
    url,
    deploymentKey,
    close: async () => {
      await node.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A site that serves files. */
export interface ExampleSite {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

const mediaTypes: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/**
 * Serves an example as vite does when it is given all of them, on a free port of this machine.
 * @param replaced what stands in the files, and what is served in its place; read at each request
 */
export async function serveExample(folder: string, replaced: Readonly<Record<string, string>>): Promise<ExampleSite> {
  const files: Readonly<Record<string, string>> = { [`/${folder}/`]: `${folder}/index.html`, '/page.css': 'page.css' };
  const site = await serveText((path) => {
    const file = files[path];
    if (file === undefined) return undefined;
    const text = readFileSync(join(examplesFolder, file), 'utf8');
    return { text: replaceAll(text, replaced), mediaType: mediaTypes[extname(file)] ?? '' };
  });
  return { ...site, url: `${site.url}${folder}/` };
}

/** Puts the addresses and keys of a test in the place of those that are written. */
export function replaceAll(text: string, replaced: Readonly<Record<string, string>>): string {
  return Object.entries(replaced).reduce((written, [from, to]) => written.replaceAll(from, to), text);
}

/** Serves what a function gives for a path. */
export async function serveText(
  read: (path: string) => { readonly text: string; readonly mediaType: string } | undefined,
): Promise<ExampleSite> {
  const server = createServer((request, response) => {
    const found = read(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (found === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', found.mediaType).end(found.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
