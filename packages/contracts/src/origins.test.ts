// Entries of allowedOrigins and the origins that they cover, one by one and at random.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileOriginPolicy, parseOriginEntry } from './origins.ts';

const covers = (entry: string, origin: string | undefined) => compileOriginPolicy([entry])(origin);

describe('an entry covers', () => {
  it.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example:443', 'https://shop.example'],
    ['http://shop.example:80', 'http://shop.example'],
    ['HTTPS://Shop.Example', 'https://shop.example'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://shop.example:8443', 'https://shop.example:8443'],
    ['http://127.0.0.1:5173', 'http://127.0.0.1:5173'],
    ['http://[::1]:5173', 'http://[::1]:5173'],
    ['https://*.shop.example', 'https://www.shop.example'],
    ['https://*.shop.example', 'https://a.b.c.shop.example'],
    ['https://*.shop.example:8443', 'https://www.shop.example:8443'],
    ['https://*.shop.example:*', 'https://www.shop.example:1'],
    ['https://*.bücher.example', 'https://www.xn--bcher-kva.example'],
    ['http://localhost:*', 'http://localhost'],
    ['http://localhost:*', 'http://localhost:65535'],
    ['http://[::1]:*', 'http://[::1]:5173'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abcdefghijklmnop', 'chrome-extension://abcdefghijklmnop'],
    ['null', 'null'],
  ])('%s covers %s', (entry, origin) => expect(covers(entry, origin)).toBe(true));
});

describe('an entry does not cover', () => {
  it.each([
    ['https://shop.example', undefined],
    ['https://shop.example', ''],
    ['https://shop.example', 'null'],
    ['https://shop.example', 'http://shop.example'],
    ['https://shop.example', 'https://www.shop.example'],
    ['https://shop.example', 'https://shop.example:8443'],
    ['https://shop.example', 'https://shop.example:443'],
    ['https://shop.example', 'https://shop.example.'],
    ['https://shop.example', 'https://shop.example/'],
    ['https://shop.example', 'https://SHOP.example'],
    ['https://shop.example', 'https://shop.example.evil.example'],
    ['https://shop.example', 'https://shop.example@evil.example'],
    ['https://shop.example', 'https://shop.example, https://evil.example'],
    ['https://*.shop.example', 'https://shop.example'],
    ['https://*.shop.example', 'https://.shop.example'],
    ['https://*.shop.example', 'https://evilshop.example'],
    ['https://*.shop.example', 'http://www.shop.example'],
    ['https://*.shop.example', 'https://www.shop.example:8443'],
    ['https://*.shop.example', 'https://www.shop.example.evil.example'],
    ['https://*.shop.example', 'https://evil.example/.shop.example'],
    ['https://*.shop.example', 'https://evil.example#.shop.example'],
    ['https://*.shop.example', 'https://evil.example\\.shop.example'],
    ['https://*.shop.example', 'https://evil.example:1@www.shop.example'],
    ['https://*.shop.example', 'https://evil example.shop.example'],
    ['http://localhost:*', 'https://localhost:5173'],
    ['http://localhost:*', 'http://localhost:0123'],
    ['http://localhost:*', 'http://localhost:5173/'],
    ['http://localhost:*', 'http://localhost:5173.evil.example'],
    ['http://localhost:*', 'http://localhost.evil.example:5173'],
    ['http://localhost:*', 'http://evil.localhost:5173'],
    ['capacitor://localhost', 'ionic://localhost'],
    ['null', 'Null'],
    ['null', undefined],
  ])('%s does not cover %s', (entry, origin) => expect(covers(entry, origin)).toBe(false));

  it('an origin longer than any host name', () => {
    expect(covers('https://*.shop.example', `https://${'a'.repeat(320)}.shop.example`)).toBe(false);
  });
});

describe('an entry is refused, with the reason, where it is', () => {
  it.each([
    ['*', 'to allow every origin, leave the list empty'],
    ['shop.example', 'an origin begins with its scheme, such as https://shop.example'],
    ['shop.example/chat', 'an origin begins with its scheme, such as https://shop.example'],
    ['', 'an origin begins with its scheme, such as https://shop.example'],
    ['https://shop.example/', 'an origin has no path, not even a slash: https://shop.example'],
    ['https://shop.example/chat', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
    ['https://user@shop.example', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
    ['https://shop.example?x', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
    ['https://www.*.example', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
    ['https://shop.example:65536', 'there is no port 65536'],
    ['https://*.example', '*.example would cover a whole top-level domain'],
    ['https://shop<.example', '"shop<.example" is not a host name'],
    ['https://999.1.1.1', '"999.1.1.1" is not a host name'],
    ['https://a.example, https://b.example', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
    ['https://a.example\nx', 'an origin is scheme://host or scheme://host:port, without path, query or user'],
  ])('%j', (entry, problem) => {
    expect(parseOriginEntry(entry)).toEqual({ problem });
    expect(covers(entry, entry)).toBe(false);
  });
});

it('an empty list restricts nobody, and one with entries that are none restricts everybody', () => {
  expect([undefined, 'null', 'https://anyone.example'].map(compileOriginPolicy([]))).toEqual([true, true, true]);
  expect([undefined, 'null', 'https://anyone.example'].map(compileOriginPolicy(['nonsense']))).toEqual([false, false, false]);
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => `${labels.join('.')}.example`);

it('a wildcard covers all subdomains and nothing else, at random', () => {
  fc.assert(
    fc.property(host, host, label, (apex, other, sub) => {
      const policy = compileOriginPolicy([`https://*.${apex}`]);
      expect(policy(`https://${sub}.${apex}`)).toBe(true);
      expect(policy(`https://${apex}`)).toBe(false);
      expect(policy(`https://${sub}${apex}`)).toBe(false);
      expect(policy(`https://${apex}.${other}`)).toBe(`.${other}`.endsWith(`.${apex}`));
    }),
    { numRuns: 2000 },
  );
});

it('what is covered is a plain origin: no white space, no control character, no comma, at random', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\r\n', '\r\nset-cookie: x=1', ', ', '\0', 'https://', '*.', ':*', 'a.example', ':8443'),
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, (entries, origin) => {
      if (compileOriginPolicy(entries)(origin)) expect(origin).toMatch(/^(null|[a-z][a-z0-9+.-]*:\/\/[^\s\p{Cc}/?#@]+)$/u);
    }),
    { numRuns: 10_000 },
  );
});
