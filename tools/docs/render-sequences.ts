// Renders the sequence diagrams to pictures, with Mermaid in a real browser. Each picture holds a hash of what it was
// made from, so that a stale one is found without a browser.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { launchBrowser } from '../../test/browser/launch.ts';
import { repositoryRoot } from '../source-tree.ts';
import { mermaidSettings, sequenceStyle } from './sequence-style.ts';
import { type Sequence, sequenceHash, titleOf } from './sequences.ts';

const mermaidFolder = join(repositoryRoot, 'node_modules/mermaid/dist');

/** Renders diagrams, each to the text of an SVG file. */
export async function renderSequences(sequences: readonly Sequence[]): Promise<readonly string[]> {
  const server = await serveMermaid();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('"draw" in window');
    const pictures: string[] = [];
    for (const sequence of sequences) {
      const words = [sequence.source, titleOf(sequence), sequenceStyle];
      const picture = await page.evaluate<string>(`draw(${words.map((word) => JSON.stringify(word)).join(', ')})`);
      pictures.push(
        `<!-- Drawn by tools/generate-docs.ts from ${sequence.name}.mmd: ${sequenceHash(sequence)} -->\n${picture}\n`,
      );
    }
    return pictures;
  } finally {
    await browser.close();
    server.close();
  }
}

const drawingPage = `<!doctype html><meta charset="utf-8"><script type="module">
import mermaid from '/mermaid.esm.min.mjs';
mermaid.initialize(${JSON.stringify(mermaidSettings)});
window.draw = async (source, title, style) => {
  const { svg } = await mermaid.render('sequence', source);
  const picture = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg');
  picture.querySelector('style').textContent = style;
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', title);
  return new XMLSerializer().serializeToString(picture);
};
</script>`;

/** Serves Mermaid's modules to the browser, on loopback. */
async function serveMermaid(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(drawingPage);
      return;
    }
    try {
      response.setHeader('content-type', 'text/javascript').end(readFileSync(join(mermaidFolder, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return server;
}
