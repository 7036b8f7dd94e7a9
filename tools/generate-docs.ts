// Generates what the documentation says of the code: the API, the settings, the refusals, the references of the published
// packages, the hashes of the client's files (which `node tools/build-sdk.ts` makes), the pictures of the diagrams, and of
// the theft table the page (its figures come from theft-table.ts).
// `--check` changes nothing and fails where something is stale; it needs no browser.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../packages/services/src/version.ts';
import { apiPage } from './docs/api-page.ts';
import { clientTable } from './docs/client-table.ts';
import { configurationPage } from './docs/configuration-page.ts';
import { driftPage } from './docs/drift-page.ts';
import { publicOpenApi } from './docs/openapi-public.ts';
import { serviceOpenApi } from './docs/openapi-services.ts';
import { referencePages } from './docs/references.ts';
import { fillMarkers, refusalHead, refusalList } from './docs/refusal-heads.ts';
import { refusalCodes } from './docs/refusal-occurrences.ts';
import { readSequences, sequenceHash } from './docs/sequences.ts';
import { readMeasurement, theftPage } from './docs/theft-page.ts';
import { repositoryRoot } from './source-tree.ts';

const read = (path: string) => (existsSync(join(repositoryRoot, path)) ? readFileSync(join(repositoryRoot, path), 'utf8') : '');
const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;

/** Every generated text, by its path. */
export function generateTexts(): Readonly<Record<string, string>> {
  const refusalPages = refusalCodes.map((code) => {
    const path = `docs/refusals/${code}.md`;
    return [path, fillMarkers(read(path), refusalHead(code), path)];
  });
  const list = 'docs/refusals/README.md';
  const start = 'docs/quick-start.md';
  return {
    'docs/api/openapi.json': json(publicOpenApi(version)),
    'docs/api/openapi-services.json': json(serviceOpenApi(version)),
    'docs/api.md': apiPage(),
    'docs/configuration.md': configurationPage(),
    'docs/drift.md': driftPage(),
    'docs/theft.md': theftPage(readMeasurement()),
    [list]: fillMarkers(read(list), refusalList(), list),
    [start]: fillMarkers(read(start), clientTable(), start, 'the files in packages/sdk/generated'),
    ...referencePages(),
    ...Object.fromEntries(refusalPages),
  };
}

/** The paths of what is not as the code says it. */
export function findStale(): readonly string[] {
  const texts = Object.entries(generateTexts()).filter(([path, text]) => read(path) !== text);
  return [...texts.map(([path]) => path), ...staleSequences().map(({ picture }) => picture)];
}

function staleSequences() {
  return readSequences()
    .map((sequence) => ({ sequence, picture: `docs/sequences/${sequence.name}.svg` }))
    .filter(({ sequence, picture }) => !read(picture).includes(sequenceHash(sequence)));
}

async function generate(): Promise<void> {
  for (const [path, text] of Object.entries(generateTexts())) writeFileSync(join(repositoryRoot, path), text);
  const stale = staleSequences();
  if (stale.length === 0) return;
  // Brings a browser along: only where there is something to draw.
  const { renderSequences } = await import('./docs/render-sequences.ts');
  const pictures = await renderSequences(stale.map(({ sequence }) => sequence));
  for (const [index, { picture }] of stale.entries()) writeFileSync(join(repositoryRoot, picture), pictures[index] ?? '');
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = findStale();
    for (const path of stale) console.error(`${path} is stale: run \`node tools/generate-docs.ts\` and commit what it wrote.`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else await generate();
}
