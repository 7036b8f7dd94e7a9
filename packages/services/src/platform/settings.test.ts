// Every setting is read from the environment or a flag, and a wrong one is named.

import { expect, it } from 'vitest';
import { flagOf, readSettings, type SettingName, settings } from './settings.ts';
import { StartError } from './start-error.ts';

it('nothing set gives every default', () => {
  const values = readSettings({}, {});
  for (const [name, { default: value }] of Object.entries(settings)) expect(values[name as SettingName]).toEqual(value);
  expect(values).toMatchObject({ PORT: 4000, HOST: '127.0.0.1', DATA_DIR: './data', CLOCK_LEEWAY_SECONDS: 60 });
  expect([values.ADMIN_PORT, values.SERVICE_PORT].map(({ host, port }) => `${host}:${port}`)).toEqual([
    '127.0.0.1:4001',
    '127.0.0.1:4002',
  ]);
});

it('every setting has words for its help', () => {
  for (const [name, { takes, description, default: value, ...rest }] of Object.entries(settings)) {
    expect([name, takes, description]).toEqual([name, expect.stringMatching(/\S/), expect.stringMatching(/\.$/)]);
    // A default that is no plain text needs words.
    if (value === undefined || typeof value === 'object')
      expect([name, rest]).toEqual([name, expect.objectContaining({ defaultText: expect.any(String) })]);
  }
});

it.each<[SettingName, string, unknown]>([
  ['PORT', '0', 0],
  ['ADMIN_PORT', '9001', { host: '127.0.0.1', port: 9001 }],
  ['SERVICE_PORT', '0.0.0.0:4002', { host: '0.0.0.0', port: 4002 }],
  ['SERVICE_PORT', '[::]:4002', { host: '::', port: 4002 }],
  ['PUBLIC_URLS', 'https://a.example, https://b.example:8443/', ['https://a.example', 'https://b.example:8443']],
  ['TRUSTED_PROXIES', '10.0.0.0/8,loopback,::1', ['10.0.0.0/8', 'loopback', '::1']],
  ['FEDERATED_AUTH_URL', 'http://10.0.0.7:4002', 'http://10.0.0.7:4002'],
  ['SERVICE_SECRET', 'x'.repeat(32), 'x'.repeat(32)],
  ['DEMO', 'off', false],
  ['DEMO', 'true', true],
  ['LOG_LEVEL', 'silent', 'silent'],
  ['CLOCK_LEEWAY_SECONDS', '0', 0],
])('%s takes %j, by environment and by flag', (name, text, value) => {
  expect(readSettings({ [`GANGWAY_${name}`]: text }, {})[name]).toEqual(value);
  expect(readSettings({}, { [flagOf(name).slice(2)]: text })[name]).toEqual(value);
});

it.each<[SettingName, string]>([
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '4000x'],
  ['ADMIN_PORT', ':4001'],
  ['ADMIN_PORT', 'host:'],
  ['PUBLIC_URLS', 'shop.example'],
  ['PUBLIC_URLS', 'https://a.example/path'],
  ['PUBLIC_URLS', 'https://user@a.example'],
  ['TRUSTED_PROXIES', 'all'],
  ['SCOPED_AUTH_URL', 'ftp://a.example'],
  ['CLOCK_LEEWAY_SECONDS', '1.5'],
  ['DEMO', 'yes please'],
  ['LOG_LEVEL', 'trace'],
])('%s refuses %j, and names what was wrong', (name, text) => {
  expect(() => readSettings({ [`GANGWAY_${name}`]: text }, {})).toThrow(StartError);
  expect(() => readSettings({ [`GANGWAY_${name}`]: text }, {})).toThrow(`GANGWAY_${name}: "${text}" is not `);
  expect(() => readSettings({}, { [flagOf(name).slice(2)]: text })).toThrow(`${flagOf(name)}: "${text}" is not `);
});

it('a flag counts before the environment, and an empty variable is none', () => {
  expect(readSettings({ GANGWAY_PORT: '1' }, { port: '2' }).PORT).toBe(2);
  expect(readSettings({ GANGWAY_PORT: '' }, {}).PORT).toBe(4000);
});

it('a variable that nobody knows is refused, others are nobody’s business', () => {
  expect(() => readSettings({ GANGWAY_PROT: '1' }, {})).toThrow('GANGWAY_PROT is no setting of Gangway.');
  expect(() => readSettings({ PORT: 'x', GANG: 'y' }, {})).not.toThrow();
});

it('a secret is never shown', () => {
  expect(() => readSettings({ GANGWAY_SERVICE_SECRET: 'hush' }, {})).toThrow(
    /^GANGWAY_SERVICE_SECRET: its value is not at least 32/,
  );
});
