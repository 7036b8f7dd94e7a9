// Pages of any origin embed the client, get the file that fits this node, and can insist on just this one.

import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { clientFiles } from '@gangway/contracts/starship';
import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { createListener } from '../platform/listener.ts';
import { openLog } from '../platform/log.ts';
import { chooseCoding } from './client-files.ts';
import { serveSdk } from './serve-sdk.ts';

const publicUrl = 'https://chat.example';
let listener: FastifyInstance;
beforeEach(() => {
  listener = createListener({ log: openLog('silent').log });
  serveSdk(listener, { publicUrls: () => [publicUrl], demo: false });
});

const get = (url: string, headers: Record<string, string> = {}) => listener.inject({ method: 'GET', url, headers });

describe.each(clientFiles)('$path', ({ path, mediaType }) => {
  it('may be embedded by pages of every origin, is of its type, and is always asked for anew', async () => {
    const { statusCode, headers, rawPayload } = await get(path);
    expect(statusCode).toBe(200);
    expect(rawPayload.length).toBeGreaterThan(500);
    expect(headers).toMatchObject({
      'content-type': mediaType,
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
    });
  });

  it('is the same compressed, smaller, and under a tag of its own', async () => {
    const plain = await get(path);
    const gzip = await get(path, { 'accept-encoding': 'gzip, deflate' });
    const brotli = await get(path, { 'accept-encoding': 'gzip, deflate, br, zstd' });
    expect([plain, gzip, brotli].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br']);
    expect(gunzipSync(gzip.rawPayload)).toEqual(plain.rawPayload);
    expect(brotliDecompressSync(brotli.rawPayload)).toEqual(plain.rawPayload);
    expect(brotli.rawPayload.length).toBeLessThan(gzip.rawPayload.length);
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size).toBe(3);
  });

  it('is not sent again to whoever has it', async () => {
    const accepted = { 'accept-encoding': 'br' };
    const tag = String((await get(path, accepted)).headers.etag);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
      const again = await get(path, { ...accepted, 'if-none-match': known });
      expect([known, again.statusCode, again.body, again.headers.etag]).toEqual([known, 304, '', tag]);
    }
    expect((await get(path, { ...accepted, 'if-none-match': '"other"' })).statusCode).toBe(200);
    expect((await get(path, { 'if-none-match': tag })).statusCode).toBe(200);
  });

  it('answers HEAD without a body, and takes no other method', async () => {
    const head = await listener.inject({ method: 'HEAD', url: path });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    const post = await listener.inject({ method: 'POST', url: path });
    expect([post.statusCode, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('/sdk', () => {
  interface List {
    readonly scriptTag: string;
    readonly files: readonly { readonly url: string; readonly bytes: number; readonly integrity: string }[];
  }

  it('lists each file with its size and the hash of what is sent', async () => {
    const { files } = (await get('/sdk')).json<List>();
    expect(files.map(({ url }) => url)).toEqual(clientFiles.map(({ path }) => `${publicUrl}${path}`));
    for (const { url, bytes, integrity } of files) {
      const { rawPayload } = await get(url.slice(publicUrl.length));
      expect(rawPayload.length).toBe(bytes);
      expect(integrity).toBe(`sha384-${createHash('sha384').update(rawPayload).digest('base64')}`);
    }
  });

  it('gives the tag to paste, with the address of this node', async () => {
    const { scriptTag, files } = (await get('/sdk')).json<List>();
    const [script] = files;
    expect(scriptTag).toBe(
      `<script src="${publicUrl}/sdk/gangway.js" integrity="${script?.integrity}" crossorigin="anonymous"></script>`,
    );
  });

  it('is a page for people, without a script, whose links lead to the documentation', async () => {
    const { headers, body } = await get('/sdk', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers.vary).toBe('Accept');
    expect(body).toContain('&lt;script src=&quot;https://chat.example/sdk/gangway.js&quot; integrity=&quot;sha384-');
    expect(body).not.toContain('<script');
    const links = [...body.slice(body.indexOf('<main')).matchAll(/href="(\/docs\/(?:quick-start|sdk|privacy)[^"]*)"/g)].map(
      ([, link]) => link,
    );
    expect(links).toEqual(['/docs/quick-start#pin-the-file', '/docs/quick-start', '/docs/sdk', '/docs/privacy']);
  });

  it.each(['/sdk/', '/sdk/none.js', '/sdk/../package.json', '/sdk/%2e%2e/package.json', '/sdk/gangway.js/', '/sdk/index.ts'])(
    'has no file at %s',
    async (path) => {
      expect((await get(path)).statusCode).toBe(path === '/sdk/' ? 308 : 404);
    },
  );
});

it.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['*', 'br'],
  ['*;q=0', 'identity'],
  ['br;q=0.000, *', 'gzip'],
  ['GZIP ; q=1', 'gzip'],
  ['deflate, zstd', 'identity'],
] as const)('the coding for Accept-Encoding %s is %s', (accepted, coding) => {
  expect(chooseCoding(accepted)).toBe(coding);
});
