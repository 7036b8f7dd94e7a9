// What a proxy says of the visitor's request: each of their ways is understood, and two at once are nobody's word.

import { expect, test } from 'vitest';
import { readOriginalRequest, readPrefixedRequest, unknownRequest } from './original-request.ts';

const forwarded = {
  'x-forwarded-method': 'POST',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'chat.example',
  'x-forwarded-uri': '/ask?q=1',
};
const asked = { htm: 'POST', htu: ['https://chat.example/ask'] };

test('nginx, Traefik, Caddy and Envoy each say it in their way, and queries do not count', () => {
  expect(readOriginalRequest({ 'x-original-method': 'POST', 'x-original-url': 'https://chat.example/ask?q=1' })).toEqual(asked);
  expect(readOriginalRequest(forwarded)).toEqual(asked);
  // The proxy before nginx said where it comes from, not what it asks.
  const both = { 'x-original-method': 'POST', 'x-original-url': 'https://chat.example/ask', 'x-forwarded-host': 'other.example' };
  expect(readOriginalRequest(both)).toEqual(asked);
  const envoy = { host: 'chat.example', 'x-forwarded-proto': 'https' };
  expect(readPrefixedRequest(envoy, 'POST', '/v1/verify/ask?q=1', '/v1/verify')).toEqual(asked);
});

test.each([
  ['nothing', {}],
  ['half of it', { 'x-original-method': 'POST' }],
  ['the other half', { 'x-original-url': 'https://chat.example/ask' }],
  ['no host', { ...forwarded, 'x-forwarded-host': undefined }],
  ['no scheme', { ...forwarded, 'x-forwarded-proto': undefined }],
  ['a path that is none', { ...forwarded, 'x-forwarded-uri': '@evil.example/ask' }],
  ['two ways at once', { ...forwarded, 'x-original-method': 'GET', 'x-original-url': 'https://chat.example/other' }],
  ['two ways at once, half of each', { 'x-original-url': 'https://chat.example/ask', 'x-forwarded-method': 'POST' }],
])('%s is no request that a proof could be made for', (_, headers) => {
  expect(readOriginalRequest(headers)).toEqual(unknownRequest);
});

test('a prefixed request without a scheme or a host is none either', () => {
  expect(readPrefixedRequest({ host: 'chat.example' }, 'GET', '/v1/verify/x', '/v1/verify')).toEqual(unknownRequest);
  expect(readPrefixedRequest({ 'x-forwarded-proto': 'https' }, 'GET', '/v1/verify/x', '/v1/verify')).toEqual(unknownRequest);
});

test.each(['/v1/v%65rify/x', 'http://chat.example/v1/verify/x', '/v1/verify'])(
  '%s has no prefix that could be taken away',
  (url) => {
    const envoy = { host: 'chat.example', 'x-forwarded-proto': 'https' };
    expect(readPrefixedRequest(envoy, 'GET', url, '/v1/verify')).toEqual(unknownRequest);
  },
);
