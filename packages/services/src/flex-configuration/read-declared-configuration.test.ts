// A declared file is read whole or refused with its first problem: where it stands and what is wrong.

import { expect, it } from 'vitest';
import { StartError } from '../platform/start-error.ts';
import { parseDeclaredConfiguration, readDeclaredConfiguration } from './read-declared-configuration.ts';

const sid = (prefix: string, digit: string) => `${prefix}${digit.repeat(32)}`;
const account = sid('AC', '1');
const [key1, key2] = [sid('CV', '1'), sid('CV', '2')];
const read = (value: unknown) => parseDeclaredConfiguration(JSON.stringify(value, undefined, 2), 'g.json');
const withDeployments = (...deployments: object[]) => ({ accounts: [{ sid: account, deployments }] });
const at = (member: object) => withDeployments({ deploymentKeys: [key1], ...member });

it('takes everything that can be declared', () => {
  const declared = {
    accounts: [
      {
        sid: account,
        friendlyName: 'Owl Bikes',
        webchatSecurityEnabled: true,
        deployments: [
          {
            sid: sid('DP', '1'),
            deploymentKeys: [key1, key2],
            friendlyName: 'www',
            addressSid: sid('IG', '1'),
            allowedOrigins: ['https://www.owlbikes.example', 'https://*.owlbikes.example', 'http://localhost:*', 'null'],
            fingerprintSensitivity: 'high',
            webchatSecurityEnabled: false,
            proofOfPossession: 'optional',
            enabled: false,
            grants: [{ grant: 'chat', queue: 'sales' }],
            tokenTtlSeconds: 1800,
            sessionIdleSeconds: 7200,
            sessionMaxSeconds: 86_400,
            limits: { createPerMinutePerAddress: 60 },
          },
        ],
      },
    ],
  };
  expect(read(declared)).toEqual(declared);
  expect(read({ accounts: [] })).toEqual({ accounts: [] });
});

it('takes YAML with anchors and comments', () => {
  const text = `# ours
accounts:
  - sid: ${account}
    deployments:
      - &base
        deploymentKeys: [${key1}]
        allowedOrigins: &origins ["https://a.example"]
      - deploymentKeys: [${key2}]
        allowedOrigins: *origins
`;
  expect(parseDeclaredConfiguration(text, 'g.yaml').accounts[0]?.deployments.map(({ allowedOrigins }) => allowedOrigins)).toEqual(
    [['https://a.example'], ['https://a.example']],
  );
});

it.each<[string, unknown, string]>([
  ['nothing', null, 'g.json:1:1: the file: '],
  ['a list', [], 'g.json:1:1: the file: '],
  ['no accounts', {}, 'g.json:1:1: the file: accounts is missing'],
  ['an unknown member', { accounts: [], owner: 1 }, 'g.json:3:12: owner: there is no such member'],
  ['an account without a sid', { accounts: [{ deployments: [] }] }, 'g.json:3:5: accounts[0]: sid is missing'],
  ['a sid that is none', { accounts: [{ sid: 'AC1', deployments: [] }] }, 'g.json:4:14: accounts[0].sid: must match pattern'],
  ['a deployment without keys', withDeployments({}), 'g.json:6:9: accounts[0].deployments[0]: deploymentKeys is missing'],
  ['no key at all', withDeployments({ deploymentKeys: [] }), 'g.json:7:29: accounts[0].deployments[0].deploymentKeys: '],
  [
    'a misspelt member',
    at({ allowedOrgins: [] }),
    'g.json:10:28: accounts[0].deployments[0].allowedOrgins: there is no such member',
  ],
  [
    'a misspelt limit',
    at({ limits: { create: 1 } }),
    'g.json:11:23: accounts[0].deployments[0].limits.create: there is no such member',
  ],
  [
    'a level that there is not',
    at({ fingerprintSensitivity: 'strict' }),
    'g.json:10:37: accounts[0].deployments[0].fingerprintSensitivity: must be one of off, low, medium, high',
  ],
  [
    'a number as text',
    at({ tokenTtlSeconds: '60' }),
    'g.json:10:30: accounts[0].deployments[0].tokenTtlSeconds: must be integer',
  ],
  ['too short a life', at({ tokenTtlSeconds: 29 }), 'g.json:10:30: accounts[0].deployments[0].tokenTtlSeconds: must be >= 30'],
  [
    'lives that contradict each other',
    at({ sessionIdleSeconds: 100, sessionMaxSeconds: 99 }),
    'g.json:10:33: accounts[0].deployments[0].sessionIdleSeconds: is more than sessionMaxSeconds (99)',
  ],
  [
    'an entry that is no origin',
    at({ allowedOrigins: ['https://a.example', 'https://b.example/chat'] }),
    'g.json:12:13: accounts[0].deployments[0].allowedOrigins[1]: "https://b.example/chat" is not an origin: an origin is scheme://host',
  ],
  [
    'a key twice in an account',
    withDeployments({ deploymentKeys: [key1] }, { deploymentKeys: [key2, key1] }),
    `accounts[0].deployments[1].deploymentKeys[1]: the deployment key ${key1} stands at accounts[0].deployments[0].deploymentKeys[0] already`,
  ],
  [
    'a key twice in two accounts',
    { accounts: [account, sid('AC', '2')].map((of) => ({ sid: of, deployments: [{ deploymentKeys: [key1] }] })) },
    'accounts[1].deployments[0].deploymentKeys[0]: the deployment key',
  ],
  [
    'a deployment twice',
    withDeployments({ sid: sid('DP', '1'), deploymentKeys: [key1] }, { sid: sid('DP', '1'), deploymentKeys: [key2] }),
    'accounts[0].deployments[1].sid: the deployment DP',
  ],
  ['an account twice', { accounts: [1, 2].map(() => ({ sid: account, deployments: [] })) }, 'accounts[1].sid: the account AC'],
])('refuses %s', (_, value, message) => {
  expect(() => read(value)).toThrow(StartError);
  expect(() => read(value)).toThrow(message);
  expect(() => read(value)).toThrow(/^g\.json:\d+:\d+: /);
});

it.each([
  ['a comma too many', '{\n  "accounts": [,]\n}', 'g.json:2:16: '],
  ['a bracket too few', '{"accounts": [', 'g.json:1:'],
  ['a member twice', '{"accounts": [], "accounts": []}', 'g.json:1:'],
  ['an alias to nothing', 'accounts: *nobody', 'g.json:1:1: '],
  ['two documents', 'accounts: []\n---\naccounts: []\n', 'g.json:2:'],
  ['nothing at all', '', 'g.json:1:1: '],
  ['a bomb of aliases', `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\naccounts: [${'*b,'.repeat(50)}]`, 'g.json:'],
])('refuses a text that cannot be read: %s', (_, text, place) => {
  expect(() => parseDeclaredConfiguration(text, 'g.json')).toThrow(StartError);
  const message = (() => {
    try {
      return parseDeclaredConfiguration(text, 'g.json');
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(message).toMatch(/^[^\n]+$/);
  expect(String(message).startsWith(place), String(message)).toBe(true);
});

it('a file that is not there is named', () => {
  expect(() => readDeclaredConfiguration('not-there.json')).toThrow(
    /^The configuration not-there\.json cannot be read: .*GANGWAY_CONFIG/,
  );
});
