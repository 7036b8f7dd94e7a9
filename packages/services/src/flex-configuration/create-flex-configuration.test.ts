// What Flex Configuration answers: configurations with nothing left to inherit, and a feed that loses no change.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { Compile } from 'typebox/compile';
import { expect, it, onTestFinished } from 'vitest';
import { migrate, openSqlite } from '../platform/database.ts';
import { createFlexConfiguration } from './create-flex-configuration.ts';
import { createFlexConfigurationStore } from './store.ts';
import { type FlexConfigurationTables, flexConfigurationMigrations } from './tables.ts';

const account = `AC${'1'.repeat(32)}`;
const [key1, key2] = [`CV${'1'.repeat(32)}`, `CV${'2'.repeat(32)}`];
const context = { requestId: '1' };
const declare = (deployments: DeclaredConfiguration['accounts'][number]['deployments'], rest = {}): DeclaredConfiguration => ({
  accounts: [{ sid: account, ...rest, deployments }],
});

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-'));
  const database = openSqlite<FlexConfigurationTables>(folder);
  onTestFinished(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });
  await migrate(database, flexConfigurationMigrations);
  const store = createFlexConfigurationStore(database.queries);
  const service = createFlexConfiguration({ store });
  return { store, ask: service.publicConfiguration, feed: (after?: string) => service.deployments({ after }, context) };
}

it('a deployment has its own settings, else its account’s, else the defaults', async () => {
  const { store, ask } = await open();
  const limits = { createPerMinutePerAddress: 5 };
  await store.apply(
    declare([{ deploymentKeys: [key1] }, { deploymentKeys: [key2], webchatSecurityEnabled: true, limits }], {
      webchatSecurityEnabled: false,
    }),
  );
  const answer = await ask({ DeploymentKey: key1 }, context);
  expect(Compile(flexConfiguration.operations.publicConfiguration.answer).Check(answer)).toBe(true);
  expect(answer).toEqual({
    accountSid: account,
    deploymentSid: expect.stringMatching(/^DP[0-9a-f]{32}$/),
    deploymentKeys: [key1],
    addressSid: null,
    allowedOrigins: [],
    fingerprintSensitivity: 'medium',
    proofOfPossession: 'optional',
    reportOnly: false,
    encrypt: true,
    webchatSecurityEnabled: false,
    grants: [{ grant: 'chat' }],
    tokenTtlSeconds: 1800,
    sessionIdleSeconds: 7200,
    sessionMaxSeconds: 86_400,
    limits: { createPerMinutePerAddress: 60, refreshPerMinutePerSession: 60 },
  });
  expect(await ask({ DeploymentKey: key2, AccountSid: account }, context)).toMatchObject({
    webchatSecurityEnabled: true,
    limits: { createPerMinutePerAddress: 5, refreshPerMinutePerSession: 60 },
  });
  expect(await ask({ AccountSid: account }, context)).toMatchObject({ webchatSecurityEnabled: false, deploymentKeys: [] });
});

it('security is on where nobody said otherwise', async () => {
  const { store, ask } = await open();
  await store.apply(declare([{ deploymentKeys: [key1] }]));
  expect(await ask({ DeploymentKey: key1 }, context)).toMatchObject({ webchatSecurityEnabled: true });
});

it('unknown, disabled and removed deployments and those of other accounts look the same', async () => {
  const { store, ask } = await open();
  await store.apply(declare([{ deploymentKeys: [key1], enabled: false }, { deploymentKeys: [key2] }]));
  const refused = { code: 'deployment_not_found' };
  await expect(ask({ DeploymentKey: `CV${'9'.repeat(32)}` }, context)).rejects.toMatchObject(refused);
  await expect(ask({ DeploymentKey: key1 }, context)).rejects.toMatchObject(refused);
  await expect(ask({ DeploymentKey: key2, AccountSid: `AC${'2'.repeat(32)}` }, context)).rejects.toMatchObject(refused);
  await store.apply({ accounts: [] });
  await expect(ask({ DeploymentKey: key2 }, context)).rejects.toMatchObject(refused);
  await expect(ask({}, context)).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(ask({ AccountSid: `AC${'2'.repeat(32)}` }, context)).rejects.toMatchObject({ code: 'not_found' });
});

it('the feed begins with everything and goes on with what changed', async () => {
  const { store, feed } = await open();
  expect(await feed()).toMatchObject({ complete: true, changed: [], removed: [] });
  await store.apply(declare([{ deploymentKeys: [key1] }, { deploymentKeys: [key2] }]));
  const first = await feed();
  expect([first.complete, first.changed.map(({ deploymentKeys }) => deploymentKeys), first.removed]).toEqual([
    true,
    [[key1], [key2]],
    [],
  ]);
  expect(await feed(first.cursor)).toEqual({ cursor: first.cursor, complete: false, changed: [], removed: [] });

  await store.apply(declare([{ deploymentKeys: [key1], friendlyName: 'www' }]));
  const second = await feed(first.cursor);
  expect([second.complete, second.changed.length, second.removed]).toEqual([false, 1, [first.changed[1]?.deploymentSid]]);
  expect((await feed(second.cursor)).changed).toEqual([]);
});

it('a cursor that says nothing about this store gives everything anew', async () => {
  const { store, feed } = await open();
  await store.apply(declare([{ deploymentKeys: [key1] }]));
  const { cursor } = await feed();
  const [id] = cursor.split('.');
  for (const other of ['', 'nonsense', '.1', `${id}`.replace(/.$/, 'x'), `${id}.2`, `${id}.-1`, `${id}.1x`, `${id}.`]) {
    expect(await feed(other), other).toMatchObject({ cursor, complete: true, changed: [{ deploymentKeys: [key1] }] });
  }
});
