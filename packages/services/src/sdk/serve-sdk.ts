// The browser's client on the public port: what a page of any origin embeds with a script tag, and the list of it with
// the hashes to pin it by.

import { clientFilesPath } from '@gangway/contracts/starship';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { version } from '../version.ts';
import { type BuiltFile, chooseCoding, readClientFiles } from './client-files.ts';
import { scriptTag } from './script-tag.ts';

/** What serving the client needs to know of the node. */
export interface SdkOptions {
  /** The addresses that visitors use; the first one stands in the tag to paste. */
  readonly publicUrls: () => readonly string[];
  /** Whether the node serves the demo page, to which the page then leads. */
  readonly demo: boolean;
  readonly files?: readonly BuiltFile[];
}

const openHeaders = {
  'access-control-allow-origin': '*',
  // Pages that isolate themselves (Cross-Origin-Embedder-Policy) may embed it too.
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  // Always asked for anew: a copy that is older than the node fails the hash of a page that pinned the new one.
  'cache-control': 'no-cache',
};

const pagePolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Adds the client's files and their list to the public listener. */
export function serveSdk(listener: FastifyInstance, { publicUrls, demo, files = readClientFiles() }: SdkOptions): void {
  for (const file of files) {
    listener.route({ method: ['GET', 'HEAD'], url: file.path, handler: (request, reply) => send(file, request, reply) });
  }
  listener.route({
    method: ['GET', 'HEAD'],
    url: clientFilesPath,
    handler: async (request, reply) => {
      const [publicUrl = ''] = publicUrls();
      reply.headers({ ...openHeaders, vary: 'Accept' });
      if (!request.headers.accept?.includes('text/html')) return reply.send(listOf(files, publicUrl));
      // Loaded when somebody looks: a start does not wait for it.
      const { sdkPage } = await import('./sdk-page.ts');
      reply.headers({ 'content-security-policy': pagePolicy, 'referrer-policy': 'no-referrer' });
      return reply.type('text/html; charset=utf-8').send(sdkPage(files, publicUrl, demo));
    },
  });
  listener.get(`${clientFilesPath}/`, async (_request, reply) => reply.redirect(clientFilesPath, 308));
}

async function send(file: BuiltFile, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const coding = chooseCoding(request.headers['accept-encoding']);
  const tag = file.entityTag(coding);
  reply.headers({ ...openHeaders, etag: tag, vary: 'Accept-Encoding' });
  if (hasTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  if (coding !== 'identity') reply.header('content-encoding', coding);
  return reply.type(file.mediaType).send(await file.encoded(coding));
}

/** Whether a client has the file already (RFC 9110, section 13.1.2). A proxy in between may have made the tag a weak one. */
function hasTag(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((part) => part.trim().replace(/^W\//, '') === tag) ?? false;
}

function listOf(files: readonly BuiltFile[], publicUrl: string): object {
  return {
    version,
    scriptTag: scriptTag(files, publicUrl),
    files: files.map(({ path, summary, bytes, integrity }) => ({ url: `${publicUrl}${path}`, summary, bytes, integrity })),
  };
}
