// The references of the packages that are published: what stands above them, and the modules that they are of.

import { emitDeclarations } from '../build/emit-declarations.ts';
import { readPackage } from '../build/package.ts';
import { type ReferencePage, referencePage } from './reference-page.ts';

/** The module of each entry of a package, by the specifier that it is imported by. */
export function entriesOf(name: 'sdk' | 'verify'): ReferencePage['entries'] {
  const { manifest, entries } = readPackage(name);
  return entries.map(({ subpath, path }) => ({ specifier: `${manifest.name}${subpath.slice(1)}`, path }));
}

const sdk = (): ReferencePage => ({
  title: 'The client for a page',
  introduction: `What a page has of \`@gangway/sdk\`, or of the global \`Gangway\` that the [script tag](quick-start.md#a-page) makes. The same types are at
\`/sdk/gangway.d.ts\` on every node. Generated from the doc comments of [packages/sdk](../packages/sdk/src/index.ts).

[The quick start](quick-start.md) shows it at work, [privacy](privacy.md) says what it collects and stores. What a page usually needs is [\`createWebchatSession\`](#createwebchatsession) and [\`WebchatSession\`](#webchatsession).`,
  entries: entriesOf('sdk'),
});

const verify = (): ReferencePage => ({
  title: 'The package for backends',
  introduction: `What a backend has of \`@gangway/verify\`, in Node 20 or later, Bun, Deno and Workers. Generated from the doc comments of
[packages/verify](../packages/verify/src/index.ts). [The quick start](quick-start.md#your-backend) shows it at work; [verifying](verifying.md) is the same for other languages and for proxies.`,
  entries: entriesOf('verify'),
});

/** The pages, by their paths. */
export function referencePages(): Readonly<Record<string, string>> {
  const pages = { 'docs/sdk.md': sdk(), 'docs/verify.md': verify() };
  const paths = Object.values(pages).flatMap(({ entries }) => entries.map(({ path }) => path));
  const declarations = emitDeclarations(paths);
  return Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, referencePage(page, declarations)]));
}
