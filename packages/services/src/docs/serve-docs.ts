// The documentation on the public port: the pages of docs/, rendered when they are first asked for.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocsTree, readDocsTree } from './docs-tree.ts';

/** What the documentation needs to know of the node. */
export interface DocsOptions {
  /** Whether the node serves the demo page, to which the pages then lead. */
  readonly demo: boolean;
  readonly tree?: DocsTree;
}

/** Something that is served as it is. */
interface Served {
  readonly type: string;
  readonly policy: string;
  readonly body: string;
  readonly tag: string;
}

const nothingElse = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Pages have no script, and load nothing but the site's own style sheet and pictures. */
const pagePolicy = `default-src 'none'; style-src 'self'; img-src 'self'; ${nothingElse}`;
/** A picture brings its style along. */
const picturePolicy = `default-src 'none'; style-src 'unsafe-inline'; ${nothingElse}`;

const types: Readonly<Record<string, string>> = {
  md: 'text/html; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  json: 'application/json; charset=utf-8',
  mmd: 'text/plain; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Adds the documentation to the public listener. */
export function serveDocs(listener: FastifyInstance, { demo, tree = readDocsTree() }: DocsOptions): void {
  const own = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  const add = (address: string, path: string, read: () => Promise<string> | string) => {
    let kept: Served | undefined;
    listener.route({
      method: ['GET', 'HEAD'],
      url: address,
      handler: async (request, reply) => {
        kept ??= prepare(path, await read());
        return send(kept, request, reply);
      },
    });
  };

  for (const name of ['frame.css', 'text.css', 'icon.svg']) add(`/docs/${name}`, name, () => own(name));
  for (const [path, address] of tree.addresses) {
    add(address, path, () => (path.endsWith('.md') ? renderPage(tree, path, address, demo) : tree.read(path)));
  }
  listener.get('/docs/', async (_request, reply) => reply.redirect('/docs', 308));
}

async function renderPage(tree: DocsTree, path: string, address: string, demo: boolean): Promise<string> {
  // Loaded with the first page that somebody reads: a start does not wait for it.
  const [{ renderMarkdown }, { pageShell }] = await Promise.all([import('./render-markdown.ts'), import('./page-shell.ts')]);
  return pageShell({ ...renderMarkdown(tree.read(path), path, tree.addresses), address, demo });
}

function prepare(path: string, body: string): Served {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return {
    type: types[ending] ?? 'text/plain; charset=utf-8',
    policy: ending === 'svg' ? picturePolicy : pagePolicy,
    body,
    tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}

function send({ type, policy, body, tag }: Served, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    etag: tag,
  });
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply.type(type).send(body);
}
