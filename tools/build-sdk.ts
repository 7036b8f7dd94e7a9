// Builds the browser's client into packages/sdk/generated, from where a node serves it at /sdk. `--check` changes nothing and
// fails where a file is not what the sources give.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildClient, clientFolder, findStaleClient, gzippedBytes } from './build/client.ts';
import { repositoryRoot } from './source-tree.ts';

if (process.argv.includes('--check')) {
  const stale = await findStaleClient();
  for (const path of stale) console.error(`${path} is stale: run \`node tools/build-sdk.ts\` and commit what it wrote.`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(join(repositoryRoot, clientFolder), { recursive: true });
  for (const [name, text] of Object.entries(await buildClient())) {
    writeFileSync(join(repositoryRoot, clientFolder, name), text);
    console.log(`${name.padEnd(26)} ${String(Buffer.byteLength(text)).padStart(6)} bytes, ${gzippedBytes(text)} gzipped`);
  }
}
