// The files of the demo page, as a browser can take them: TypeScript becomes JavaScript by Node's own type stripping,
// once, when the page is first opened. There is no build, and only files that lay here at the start have a route.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One file, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly content: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** What the page's modules import by name, and where its browser finds that. Types alone are gone by then. */
const modulePaths: Readonly<Record<string, string>> = {
  '@gangway/sdk': '/demo/sdk/index.ts',
  '@gangway/contracts/participants': '/demo/contracts/participants.ts',
  '@gangway/example-chat/widget': '/demo/widget/mount-chat-widget.ts',
  dpop: '/demo/dpop/index.js',
};

const pageFolder = new URL('./page/', import.meta.url);
const sdkFolder = new URL('../../../sdk/src/', import.meta.url);
const participantsModule = new URL(import.meta.resolve('@gangway/contracts/participants'));

/** The paths below `/demo/` that are served, and how each file is read. */
export function listPageFiles(): ReadonlyMap<string, () => PageFile> {
  // Looked for where a demo is: a node without one needs no example.
  const widgetFolder = new URL('./', import.meta.resolve('@gangway/example-chat/widget'));
  return new Map([
    ...filesOf(pageFolder).map((name) => [name, once(new URL(name, pageFolder))] as const),
    ...filesOf(sdkFolder).map((name) => [`sdk/${name}`, once(new URL(name, sdkFolder))] as const),
    ...filesOf(widgetFolder).map((name) => [`widget/${name}`, once(new URL(name, widgetFolder))] as const),
    [`contracts/${basename(participantsModule.pathname)}`, once(participantsModule)],
    ['dpop/index.js', once(dpopModule())],
  ]);
}

/** The one package that the SDK depends on, as the SDK finds it. */
function dpopModule(): URL {
  return pathToFileURL(createRequire(new URL('package.json', sdkFolder)).resolve('dpop'));
}

function filesOf(folder: URL): string[] {
  return readdirSync(folder).filter((name) => contentTypes[extname(name)] !== undefined && !name.endsWith('.test.ts'));
}

function once(url: URL): () => PageFile {
  let file: PageFile | undefined;
  return () => {
    file ??= readPageFile(url);
    return file;
  };
}

function readPageFile(url: URL): PageFile {
  const extension = extname(url.pathname);
  const text = readFileSync(url, 'utf8');
  return { contentType: contentTypes[extension] ?? '', content: extension === '.ts' ? toJavaScript(text) : text };
}

/** Strips the types and turns imports by name into imports by path. */
export function toJavaScript(source: string): string {
  return quietly(() => stripTypeScriptTypes(source)).replace(/(\bfrom\s*)'(@gangway\/[a-z/-]+|dpop)'/g, (whole, from, name) =>
    modulePaths[name] === undefined ? whole : `${from}'${modulePaths[name]}'`,
  );
}

/** Node warns that this function may change. Its version is pinned here, and an operator can do nothing about it. */
function quietly<Value>(action: () => Value): Value {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}
