// Addresses: equal ones in every spelling of RFC 3986, and no others.

import { describe, expect, test } from 'vitest';
import { isTargetUri, normalizeTargetUri } from './target-uri.ts';

const target = 'https://chat.example/v2/Webchat/Token';

describe('the same address in another spelling is accepted (RFC 3986, section 6.2):', () => {
  test.each([
    ['as it is', target],
    ['scheme in another case', 'HTTPS://chat.example/v2/Webchat/Token'],
    ['host in another case', 'https://Chat.EXAMPLE/v2/Webchat/Token'],
    ['the default port', 'https://chat.example:443/v2/Webchat/Token'],
    ['an empty port', 'https://chat.example:/v2/Webchat/Token'],
    ['dot segments', 'https://chat.example/v2/./x/../Webchat/Token'],
    ['needless escapes', 'https://chat.example/v2/%57ebchat/%54oken'],
    ['a query', `${target}?deploymentKey=CV1`],
    ['a fragment', `${target}#top`],
    ['a query with what only browsers send', `${target}?a={"b|c"}\\^`],
    ['a query that holds an address', `${target}?next=https://user@evil.example/`],
  ])('%s', (_name, htu) => {
    expect(isTargetUri(htu, ['https://other.example/', target])).toBe(true);
    expect(isTargetUri(target, [htu])).toBe(true);
  });
});

describe('another address is refused:', () => {
  test.each([
    ['a trailing slash', `${target}/`],
    ['a doubled slash', 'https://chat.example//v2/Webchat/Token'],
    ['a path in another case', 'https://chat.example/V2/Webchat/Token'],
    ['an escaped slash', 'https://chat.example/v2%2FWebchat/Token'],
    ['another port', 'https://chat.example:80/v2/Webchat/Token'],
    ['no TLS', 'http://chat.example/v2/Webchat/Token'],
    ['a subdomain', 'https://a.chat.example/v2/Webchat/Token'],
    ['the host as user', 'https://chat.example@evil.example/v2/Webchat/Token'],
    ['user information', 'https://user:password@chat.example/v2/Webchat/Token'],
    ['another scheme', 'ftp://chat.example/v2/Webchat/Token'],
    ['a scheme without slashes', 'https:chat.example/v2/Webchat/Token'],
    ['a third slash', 'https:///chat.example/v2/Webchat/Token'],
    ['backslashes', 'https:\\\\chat.example\\v2\\Webchat\\Token'],
    ['white space around', ` ${target}`],
    ['a line feed, which parsers of URLs remove', 'https://chat.example/v2/Web\nchat/Token'],
    ['a letter beyond ASCII', 'https://chat.example/v2/Webchat/T\u043eken'],
    ['a full stop of another script', 'https://chat\u3002example/v2/Webchat/Token'],
    ['nothing', ''],
    ['a path', '/v2/Webchat/Token'],
    ['a host that is none', 'https://[chat/v2/Webchat/Token'],
  ])('%s', (_name, htu) => {
    expect(isTargetUri(htu, [target])).toBe(false);
  });
});

test('a path may have what browsers send of it that RFC 3986 does not admit', () => {
  expect(isTargetUri(new URL('https://chat.example:443/a|b^c').href, ['https://chat.example/%61|b^c'])).toBe(true);
});

test('escapes are compared in one case, and those that mean something stay', () => {
  expect(normalizeTargetUri('http://[::1]:80/a%2fb%7e%41@c?d')).toBe('http://[::1]/a%2Fb~A@c');
  expect(normalizeTargetUri('http://localhost:4000')).toBe('http://localhost:4000/');
});
