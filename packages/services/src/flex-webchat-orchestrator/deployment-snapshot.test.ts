// The snapshot knows what the feed said last, also while the feed is away.

import type { AnswerOf, Interface, Message } from '@gangway/contracts/contract';
import type { flexConfiguration, PublicConfiguration } from '@gangway/contracts/flex-configuration';
import { Refusal } from '@gangway/contracts/refusals';
import { expect, it } from 'vitest';
import { fakeClock } from '../platform/testing/fake-clock.ts';
import { recordedLog } from '../platform/testing/recorded-log.ts';
import { createDeploymentSnapshot } from './deployment-snapshot.ts';

type Feed = AnswerOf<typeof flexConfiguration, 'deployments'>;
const context = { requestId: '1' };

const deployment = (deploymentSid: string, deploymentKeys: string[], allowedOrigins: string[] = []) =>
  ({ deploymentSid, deploymentKeys, allowedOrigins, tokenTtlSeconds: 60 }) as unknown as PublicConfiguration;

/** A Flex Configuration whose answers a test gives one by one; it is away while it has none. */
function snapshot() {
  const clock = fakeClock();
  const { log, lines } = recordedLog();
  const feeds: Feed[] = [];
  const asked: (string | undefined)[] = [];
  const byKey = new Map<string, PublicConfiguration>();
  let reachable = true;
  const away = () => new Refusal('upstream_unavailable', { detail: 'it is away' });
  const service: Interface<typeof flexConfiguration> = {
    async deployments({ after }) {
      asked.push(after);
      const next = feeds.shift();
      if (next === undefined) throw away();
      return next;
    },
    async publicConfiguration({ DeploymentKey = '' }) {
      if (!reachable) throw away();
      const found = byKey.get(DeploymentKey);
      if (found === undefined) throw new Refusal('deployment_not_found');
      return found;
    },
  };
  const deployments = createDeploymentSnapshot(service, clock, log);
  const hear = async (feed?: Partial<Feed>) => {
    if (feed !== undefined) feeds.push({ cursor: 'a.1', complete: false, changed: [], removed: [], ...feed });
    await deployments.follow();
  };
  const sidOf = async (key: string) => (await deployments.find(key, context))?.configuration.deploymentSid;
  const lose = () => {
    reachable = false;
  };
  return { clock, lines, asked, byKey, deployments, hear, sidOf, lose };
}

it('knows the deployments that the feed named, by each of their keys, and asks on from its cursor', async () => {
  const { hear, sidOf, asked } = snapshot();
  await hear({ complete: true, changed: [deployment('DP1', ['CV1', 'CV2']), deployment('DP2', ['CV3'])] });
  expect([await sidOf('CV1'), await sidOf('CV2'), await sidOf('CV3'), await sidOf('CV4')]).toEqual([
    'DP1',
    'DP1',
    'DP2',
    undefined,
  ]);
  await hear({ cursor: 'a.2' });
  await hear({ cursor: 'a.3' });
  expect(asked).toEqual([undefined, 'a.1', 'a.2']);
});

it('forgets the keys that a deployment lost, and the deployments that were removed', async () => {
  const { hear, sidOf } = snapshot();
  await hear({ complete: true, changed: [deployment('DP1', ['CV1', 'CV2']), deployment('DP2', ['CV3'])] });
  await hear({ changed: [deployment('DP1', ['CV2'])], removed: ['DP2'] });
  expect([await sidOf('CV1'), await sidOf('CV2'), await sidOf('CV3')]).toEqual([undefined, 'DP1', undefined]);
});

it('follows a key from one deployment to another, in whichever order they are named', async () => {
  for (const reversed of [false, true]) {
    const { hear, sidOf } = snapshot();
    await hear({ complete: true, changed: [deployment('DP1', ['CV1', 'CV2']), deployment('DP2', ['CV3'])] });
    const changed = [deployment('DP1', ['CV2']), deployment('DP2', ['CV3', 'CV1'])];
    await hear({ changed: reversed ? changed.reverse() : changed });
    expect([await sidOf('CV1'), await sidOf('CV2'), await sidOf('CV3')]).toEqual(['DP2', 'DP1', 'DP2']);
  }
});

it('begins again where the feed is complete: another store, or a restored one', async () => {
  const { hear, sidOf } = snapshot();
  await hear({ complete: true, changed: [deployment('DP1', ['CV1'])] });
  await hear({ complete: true, cursor: 'b.1', changed: [deployment('DP2', ['CV2'])] });
  expect([await sidOf('CV1'), await sidOf('CV2')]).toEqual([undefined, 'DP2']);
});

it('serves what it last heard while the feed is away, for however long, and says once that it is', async () => {
  const { clock, lines, hear, sidOf, lose } = snapshot();
  await hear({ complete: true, changed: [deployment('DP1', ['CV1'])] });
  lose();
  for (let minutes = 0; minutes < 60; minutes += 1) {
    clock.advance(60_000);
    await hear();
  }
  expect(await sidOf('CV1')).toBe('DP1');
  await hear({});
  const said = lines.map(({ msg, reason }) => [msg, reason]);
  expect(said).toEqual([
    ['Flex Configuration cannot be heard', 'it is away'],
    ['the configuration is current', undefined],
  ]);
});

it('a key that it does not know is unknown while the feed is fresh, and asked for when it is not', async () => {
  const { clock, byKey, hear, sidOf } = snapshot();
  await hear({ complete: true });
  byKey.set('CV9', deployment('DP9', ['CV9']));
  clock.advance(5000);
  expect(await sidOf('CV9')).toBeUndefined();
  clock.advance(1);
  expect([await sidOf('CV9'), await sidOf('CV8')]).toEqual(['DP9', undefined]);
});

it('where it has never heard the feed it asks, and fails where nobody answers', async () => {
  const { byKey, sidOf, lose } = snapshot();
  byKey.set('CV1', deployment('DP1', ['CV1']));
  expect(await sidOf('CV1')).toBe('DP1');
  lose();
  expect(await sidOf('CV1')).toBe('DP1');
  await expect(sidOf('CV2')).rejects.toMatchObject({ code: 'upstream_unavailable' });
});

it('prepares what a request needs: who is covered, and the header as drawn', async () => {
  const { hear, deployments } = snapshot();
  const origins = ['https://shop.example', 'http://localhost:*'];
  await hear({ complete: true, changed: [deployment('DP1', ['CV1'], origins), deployment('DP2', ['CV2'])] });
  const restricted = await deployments.find('CV1', context);
  expect(restricted?.accessControlAllowOrigin).toBe('https://shop.example, http://localhost:*');
  expect(['http://localhost:1', 'https://evil.example'].map((origin) => restricted?.covers(origin))).toEqual([true, false]);
  expect((await deployments.find('CV2', context))?.accessControlAllowOrigin).toBe('*');
});

it('a read counts as the message that the diagram draws', async () => {
  const { hear, deployments } = snapshot();
  await hear({ complete: true, changed: [deployment('DP1', ['CV1'])] });
  const trace: Message[] = [];
  await deployments.find('CV1', { ...context, trace });
  await deployments.find('CV2', { ...context, trace });
  expect(trace.map(({ from, kind, label, fields }) => [from, kind, label || fields.code])).toEqual([
    ['flex-webchat-orchestrator', 'request', 'GET /v1/Configuration/Public'],
    ['flex-configuration', 'answer', undefined],
    ['flex-webchat-orchestrator', 'request', 'GET /v1/Configuration/Public'],
    ['flex-configuration', 'answer', 'deployment_not_found'],
  ]);
});
