// The page of this example, as a browser can take it: TypeScript becomes JavaScript by Node's own type stripping. There is
// no build. Only files that lay here at the start have a route.

import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
};

/** One file, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly content: string;
}

/** What the page has to know: where the node is that gives it tokens, and the public key of its deployment. */
export interface PageSettings {
  readonly gangwayUrl: string;
  readonly deploymentKey: string;
}

/** The files by path: the page at `/`, its module and styles in `/page/`, the widget in `/widget/`. */
export function readPageFiles({ gangwayUrl, deploymentKey }: PageSettings): ReadonlyMap<string, PageFile> {
  const page = read(new URL('./page/index.html', import.meta.url));
  const content = page.content
    .replaceAll('{{gangwayUrl}}', escapeAttribute(gangwayUrl))
    .replaceAll('{{deploymentKey}}', escapeAttribute(deploymentKey));
  const files = ['page', 'widget'].flatMap((folder) => {
    const url = new URL(`./${folder}/`, import.meta.url);
    const names = readdirSync(url).filter((name) => contentTypes[extname(name)] !== undefined && !name.endsWith('.test.ts'));
    return names.map((name) => [`/${folder}/${name}`, read(new URL(name, url))] as const);
  });
  return new Map([...files, ['/', { ...page, content }]]);
}

function read(url: URL): PageFile {
  const text = readFileSync(url, 'utf8');
  const extension = extname(url.pathname);
  const content = extension === '.ts' ? stripTypeScriptTypes(text) : text;
  return { contentType: contentTypes[extension] ?? '', content };
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
