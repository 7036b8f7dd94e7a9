// Whose word counts: the addresses that an operator named, however they are written, and nobody else's.

import { expect, test } from 'vitest';
import { StartError } from './start-error.ts';
import { trustedAddresses } from './trusted-addresses.ts';

test('addresses, networks and names', () => {
  const isTrusted = trustedAddresses(['loopback', '10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
  const trusted = [
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '::ffff:127.0.0.1',
    '10.1.255.255',
    '::ffff:10.1.0.1',
    '192.0.2.7',
    '2001:db8::5',
  ];
  const strangers = ['10.2.0.1', '192.0.2.8', '2001:db9::1', '::ffff:8.8.8.8', '', 'localhost', undefined];
  expect(trusted.filter((address) => !isTrusted(address))).toEqual([]);
  expect(strangers.filter(isTrusted)).toEqual([]);
});

test('nobody where none are named, and no start with what is no address', () => {
  expect(trustedAddresses([])('127.0.0.1')).toBe(false);
  for (const wrong of ['10.0.0.0/99', '1:2', '999.1.1.1']) expect(() => trustedAddresses([wrong])).toThrow(StartError);
});
