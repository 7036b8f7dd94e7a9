// The limit that Gangway is held to: a bare node:http server that parses the same JSON, makes (or opens) one JWE, computes
// one HMAC and answers JSON of the same size. For the route of proxies it opens one JWE, and answers the same headers with what
// stands in it. No routes, no checks, no log.
//
// node bench/bare-server.ts create|refresh|validate|verify <template file>

import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

const [mode, templateFile = ''] = process.argv.slice(2);
/** An answer of Gangway's to the same request: what the bare server imitates in content and size. */
const template = JSON.parse(readFileSync(templateFile, 'utf8')) as Record<string, unknown>;
const key = createSecretKey(randomBytes(32));
const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', typ: 'bench', kid: 'k'.repeat(22) })).toString(
  'base64url',
);
const additionalData = Buffer.from(header);
const tokenLength = String(template.token ?? '').length;
/** Claims whose token is as long as Gangway's. */
const claims = { padding: 'x'.repeat(Math.max(0, Math.floor(((tokenLength - header.length - 44) * 3) / 4) - 60)), exp: 0 };

function seal(payload: object): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(additionalData);
  const body = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final()]);
  return `${header}..${iv.toString('base64url')}.${body.toString('base64url')}.${cipher.getAuthTag().toString('base64url')}`;
}

function open(token: string): unknown {
  const [, , iv = '', body = '', tag = ''] = token.split('.');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
  decipher.setAAD(additionalData);
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return JSON.parse(Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString());
}

const ownToken = seal(claims);
const status = mode === 'create' ? 201 : 200;

/** The headers of an answer to a proxy that no token has to be opened for. */
const plainHeaders = Object.fromEntries(Object.entries(template).filter(([name]) => /^(?:cache-|dpop-|content-)/.test(name)));
/** Those that come out of the token: what the proxy asked for. */
const identity = Object.fromEntries(Object.entries(template).filter(([name]) => name.startsWith('x-gangway-')));
const identityToken = seal({ ...identity, padding: claims.padding.slice(JSON.stringify(identity).length) });

const server = createServer((request, response) => {
  if (mode === 'verify') {
    const opened = request.headers.authorization === undefined ? {} : (open(identityToken) as OutgoingHttpHeaders);
    delete opened.padding;
    response.writeHead(200, { ...plainHeaders, ...opened } as OutgoingHttpHeaders).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    const mac = createHmac('sha256', key).update(JSON.stringify(sent)).digest('base64url');
    // A refresh opens one token and makes one; the limit is defined with one JWE, so it only makes one.
    const made =
      mode === 'validate' ? { ...template, opened: open(ownToken) !== undefined } : { ...template, token: seal(claims) };
    const body = JSON.stringify(made);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-mac': mac,
    });
    response.end(body);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
