// The README promises that its examples work as they stand there. They are run as they stand there; only the port and the
// key are those of the node under test.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GangwayNode, startNode } from '../packages/services/src/node.ts';
import { readSettings } from '../packages/services/src/platform/settings.ts';
import { launchBrowser } from './browser/launch.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The example in a language; the README has one of each. */
function example(language: 'sh' | 'html' | 'json'): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(readme) ?? [];
  if (text === undefined) throw new Error(`The README has no example in ${language}.`);
  return text;
}

describe('the examples of the README work as they stand there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-readme-'));
  const configuration = join(folder, 'gangway.json');
  let node: GangwayNode;
  let site: Server;

  beforeAll(async () => {
    writeFileSync(configuration, example('json'));
    const environment = {
      GANGWAY_PORT: '0',
      GANGWAY_ADMIN_PORT: '0',
      GANGWAY_SERVICE_PORT: '0',
      GANGWAY_DATA_DIR: join(folder, 'data'),
      GANGWAY_CONFIG: configuration,
    };
    node = await startNode(readSettings(environment, {}), { log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    site?.close();
    await node.close();
    rmSync(folder, { recursive: true });
  });

  const atNode = (text: string) => text.replaceAll('http://localhost:4000', node.publicUrl ?? '');

  test('the configuration is accepted, and the curl example gets a token for it', async () => {
    const env = { ...process.env, KEY: node.deploymentKey };
    const answer = JSON.parse((await promisify(execFile)('sh', ['-c', atNode(example('sh'))], { env })).stdout) as Record<
      string,
      unknown
    >;
    expect(answer).toMatchObject({ token: expect.any(String), identity: expect.any(String), roles: [{ grant: 'chat' }] });
  });

  test('the page example gets a token in a real browser', async () => {
    site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(atNode(example('html'))));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
      await page.getByText(/^[0-9a-f-]{36} until 20/).waitFor({ timeout: 10_000 });
    } finally {
      await browser.close();
    }
  });
});
