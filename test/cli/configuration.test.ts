// GANGWAY_CONFIG: what the file declares is what the node serves from its next start on, and a wrong file changes nothing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import { expect, it } from 'vitest';
import { createFlexConfigurationStore } from '../../packages/services/src/flex-configuration/store.ts';
import type { FlexConfigurationTables } from '../../packages/services/src/flex-configuration/tables.ts';
import { openSqlite } from '../../packages/services/src/platform/database.ts';
import { type GangwayProcess, runGangway, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { chromeOnMac, createToken, firefoxOnWindows, refreshToken } from '../topology/visitor.ts';

const [keyA, keyB] = [`CV${'a'.repeat(32)}`, `CV${'b'.repeat(32)}`];
const account = { sid: `AC${'1'.repeat(32)}` };
const declaring = (...deployments: DeclaredConfiguration['accounts'][number]['deployments']): DeclaredConfiguration => ({
  accounts: [{ ...account, deployments }],
});
const open = (key: string, rest = {}) => ({ deploymentKeys: [key], webchatSecurityEnabled: false, ...rest });

/** Starts with a declaration, lets `use` have the node, and stops. */
async function started(
  dataFolder: string,
  declaration: DeclaredConfiguration,
  use: (url: string, node: GangwayProcess) => Promise<void> = async () => {},
): Promise<void> {
  const file = join(dataFolder, 'declared.json');
  writeFileSync(file, JSON.stringify(declaration));
  const node = await startGangway({ dataFolder, settings: { CONFIG: file } });
  try {
    await use(node.publicUrl ?? '', node);
  } finally {
    node.signal('SIGTERM');
    await node.ended;
  }
}

/** How many changes the store has seen, and the revision of each deployment. */
async function revisions(dataFolder: string): Promise<object> {
  const database = openSqlite<FlexConfigurationTables>(dataFolder);
  const store = createFlexConfigurationStore(database.queries);
  const records = (await store.changedAfter(0)).map(({ sid, revision, active }) => ({ sid, revision, active }));
  const feed = await store.feed();
  await database.close();
  return { feed, records };
}

it('a restart with the same file changes nothing', async () => {
  const dataFolder = temporaryFolder();
  const declaration = declaring(open(keyA), open(keyB, { friendlyName: 'B' }));
  await started(dataFolder, declaration);
  const before = await revisions(dataFolder);
  await started(dataFolder, declaration);
  expect(await revisions(dataFolder)).toEqual(before);
});

it('a changed file takes effect at the next start, and only what changed is new', async () => {
  const dataFolder = temporaryFolder();
  const origin = 'https://shop.example';
  await started(dataFolder, declaring(open(keyA), open(keyB)));
  const before = await revisions(dataFolder);
  await started(dataFolder, declaring(open(keyA), open(keyB, { allowedOrigins: [origin] })), async (url) => {
    expect((await createToken(url, keyA, {})).status).toBe(201);
    expect((await createToken(url, keyB, {})).body.code).toBe('origin_not_allowed');
    expect((await createToken(url, keyB, { origin })).status).toBe(201);
  });
  expect(before).toMatchObject({ records: [{ revision: 1 }, { revision: 1 }] });
  expect(await revisions(dataFolder)).toMatchObject({ feed: { revision: 2 }, records: [{ revision: 1 }, { revision: 2 }] });
});

it('a deployment that is no longer declared is gone, to refreshes too, and comes back under its own sessions', async () => {
  const dataFolder = temporaryFolder();
  let token: unknown;
  await started(dataFolder, declaring(open(keyA), open(keyB)), async (url) => {
    token = (await createToken(url, keyB, {})).body.token;
  });
  await started(dataFolder, declaring(open(keyA)), async (url) => {
    expect((await createToken(url, keyB, {})).body.code).toBe('deployment_not_found');
    expect((await refreshToken(url, keyB, token, {})).body.code).toBe('deployment_not_found');
    expect((await createToken(url, keyA, {})).status).toBe(201);
  });
  await started(dataFolder, declaring(open(keyA), open(keyB)), async (url) => {
    expect((await refreshToken(url, keyB, token, {})).status).toBe(200);
  });
});

it('a key can move to another deployment, whose sessions are others', async () => {
  const dataFolder = temporaryFolder();
  let token: unknown;
  await started(dataFolder, declaring(open(keyA, { deploymentKeys: [keyA, keyB] })), async (url) => {
    token = (await createToken(url, keyB, {})).body.token;
  });
  await started(dataFolder, declaring(open(keyA), open(keyB)), async (url) => {
    expect((await refreshToken(url, keyB, token, {})).body.code).toBe('invalid_token');
    expect((await refreshToken(url, keyA, token, {})).status).toBe(200);
  });
});

it('a session that began without signals binds to the browser of its next refresh once the flag is on', async () => {
  const dataFolder = temporaryFolder();
  let token: unknown;
  await started(dataFolder, declaring(open(keyA)), async (url) => {
    token = (await createToken(url, keyA, {})).body.token;
  });
  await started(dataFolder, declaring(open(keyA, { webchatSecurityEnabled: true })), async (url) => {
    const bound = await refreshToken(url, keyA, token, chromeOnMac);
    expect(bound.status).toBe(200);
    expect((await refreshToken(url, keyA, bound.body.token, firefoxOnWindows)).body.code).toBe('invalid_fingerprint');
  });
});

it('a wrong file stops the start with the place and the reason in one line, and changes nothing', async () => {
  const dataFolder = temporaryFolder();
  const declaration = declaring(open(keyA));
  await started(dataFolder, declaration);
  const before = await revisions(dataFolder);
  const file = join(dataFolder, 'wrong.json');
  const pretty = (value: unknown) => JSON.stringify(value, undefined, 2);
  const wrongs: [string, string][] = [
    ['{\n  "accounts": [,]\n}', `${file}:2:16: `],
    ['{"accounts": []', `${file}:1:`],
    ['', `${file}:1:1: the file: `],
    ['{}', `${file}:1:1: the file: accounts is missing`],
    [pretty({ accounts: [], owner: 'me' }), `${file}:3:12: owner: there is no such member`],
    [
      pretty(declaring(open(keyA, { allowedOrgins: [] }))),
      `${file}:11:28: accounts[0].deployments[0].allowedOrgins: there is no`,
    ],
    [
      pretty(declaring(open(keyA, { allowedOrigins: ['https://a.example', 'a.example'] }))),
      `${file}:13:13: accounts[0].deployments[0].allowedOrigins[1]: "a.example" is not an origin: an origin begins with its scheme, such as https://a.example`,
    ],
    [
      pretty(declaring(open(keyA), open(keyA))),
      `${file}:14:13: accounts[0].deployments[1].deploymentKeys[0]: the deployment key ${keyA} stands at accounts[0].deployments[0].deploymentKeys[0] already`,
    ],
    [pretty(declaring(open(keyA, { tokenTtlSeconds: 1 }))), `${file}:11:30: accounts[0].deployments[0].tokenTtlSeconds: `],
  ];
  for (const [text, line] of wrongs) {
    writeFileSync(file, text);
    const { code, stdout, stderr } = await runGangway(['start'], { dataFolder, settings: { CONFIG: file } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.startsWith(`gangway: ${line}`), `${stderr} for ${line}`).toBe(true);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  }
  const missing = await runGangway(['start'], { dataFolder, settings: { CONFIG: join(dataFolder, 'missing.json') } });
  expect(missing.stderr).toMatch(/^gangway: The configuration .*missing\.json cannot be read: .* GANGWAY_CONFIG names it\.\n$/);
  expect(await revisions(dataFolder)).toEqual(before);
  await started(dataFolder, declaration, async (url) => expect((await createToken(url, keyA, {})).status).toBe(201));
});

it('the file may be YAML', async () => {
  const dataFolder = temporaryFolder();
  const file = join(dataFolder, 'declared.yaml');
  writeFileSync(
    file,
    `accounts:\n  - sid: ${account.sid}\n    deployments:\n      - deploymentKeys: [${keyA}]\n        webchatSecurityEnabled: false\n`,
  );
  const node = await startGangway({ dataFolder, settings: { CONFIG: file } });
  expect((await createToken(node.publicUrl ?? '', keyA, {})).status).toBe(201);
  node.signal('SIGTERM');
  await node.ended;
});
