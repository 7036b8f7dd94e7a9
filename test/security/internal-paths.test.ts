// Nothing internal can be reached through the edge, whatever its path is written like: not what services ask of each other,
// not what operators ask, not health and figures.

import type { Contract } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { operator } from '@gangway/contracts/operator';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAdminToken } from '../../packages/services/src/admin/admin-token.ts';
import { createCredentialIssuer } from '../../packages/services/src/platform/service-credential.ts';
import { declare } from '../topology/declare.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { ask } from '../topology/visitor.ts';

const { declaration, accountSid } = declare({ open: {} });
const contracts: readonly Contract[] = [federatedAuth, scopedAuth, flexConfiguration, operator];
const internal = contracts.flatMap(({ operations }) =>
  Object.values(operations).flatMap(({ paths }) => paths.map((path) => path.replace(':accountSid', accountSid))),
);
const all = [...new Set([...internal, '/metrics', '/health/ready', '/health/live'])];

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
const randomCase = (path: string) =>
  path.replace(/[a-z]/gi, (letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase()));

/** A path in the spellings that have led routers, proxies and both together astray. */
function spellings(path: string): readonly string[] {
  const [, first = '', ...rest] = path.split('/');
  const tail = rest.map((part) => `/${part}`).join('');
  return [
    path,
    path.toUpperCase(),
    path.toLowerCase(),
    randomCase(path),
    `/${path}`,
    `///${path}`,
    path.replaceAll('/', '//'),
    `${path}/`,
    `${path}//`,
    `${path}/.`,
    `${path}/x/..`,
    path.replaceAll('/', '/./'),
    `/.${path}`,
    `/..${path}`,
    `/%2e${path}`,
    `/%2e%2e${path}`,
    `/x/..${path}`,
    `/x/%2e%2e${path}`,
    `/v2/Webchat/../..${path}`,
    `/v2/Webchat/Token/../../..${path}`,
    `/v2/Webchat/Token/%2e%2e/%2e%2e/%2e%2e${path}`,
    `/v2/Webchat/Token/..%2f..%2f..${path}`,
    `/v2/Webchat/Token/..;/..;/..${path}`,
    `/docs/..${path}`,
    `/demo/..${path}`,
    `/sdk/..${path}`,
    `/sdk/gangway.js/../..${path}`,
    `/.well-known/..${path}`,
    `/.well-known/jwks.json/../..${path}`,
    `/${first}%2f${rest.join('%2f')}`,
    `/${first}%2F${rest.join('%2F')}`,
    `/${first}%5c${rest.join('%5c')}`,
    `/${first}\\${rest.join('\\')}`,
    `/${percent(first.charAt(0))}${first.slice(1)}${tail}`,
    `/%25${percent(first.charAt(0)).slice(1)}${first.slice(1)}${tail}`,
    `/%c0%af${first}${tail}`,
    `/${[...first].map(percent).join('')}${rest.map((part) => `/${[...part].map(percent).join('')}`).join('')}`,
    `${path}%00`,
    `${path}%20`,
    `${path}%0a`,
    `${path}%23`,
    `${path}%3f`,
    `${path};x`,
    `/;x${path}`,
    `${path}.json`,
    `${path}..`,
    `${path}?x=/v2/Webchat/Token`,
    `/v2/Webchat/Token/${first}${tail}`,
    `/v2/Webchat${path}`,
    `http://scoped-auth${path}`,
    `http://127.0.0.1:4001${path}`,
    `*${path}`,
    `/?path=${path}`,
    `/v2/Webchat/${encodeURIComponent(path)}`,
  ];
}

let node: NodeInProcess;
beforeAll(async () => {
  node = await startNodeInProcess(declaration);
});
afterAll(() => node.close());

it.each(all)('%s, in every spelling, is not found through the edge, whoever asks', async (path) => {
  const { publicUrl, dataFolder, serviceSecret, clock } = node;
  // With the credentials of those who may ask elsewhere.
  const credentials = [
    `Bearer ${readAdminToken(dataFolder)}`,
    createCredentialIssuer(serviceSecret, clock)('federated-auth', 'scoped-auth'),
  ];
  let asked = 0;
  for (const spelling of new Set(spellings(path))) {
    for (const method of ['GET', 'POST']) {
      const headers = {
        authorization: credentials[asked % 2] ?? '',
        'x-original-url': path,
        'x-rewrite-url': path,
        'x-forwarded-prefix': path,
      };
      const answer = await ask(publicUrl, spelling, { method, headers, ...(method === 'POST' && { body: {} }) });
      asked += 1;
      if (answer.status !== 404) expect([spelling, method, answer.status]).toEqual([spelling, method, 404]);
      expectRefusal(answer, 'not_found', publicUrl);
    }
  }
  expect(asked).toBeGreaterThan(80);
});

it('what is public is found beside all that', async () => {
  for (const path of [
    '/.well-known/jwks.json',
    '/docs',
    '/sdk',
    '/sdk/gangway.js',
    `/v2/Webchat/Origin?deploymentKey=CV${'0'.repeat(31)}1`,
  ]) {
    expect([path, (await ask(node.publicUrl, path, { method: 'GET' })).status]).toEqual([path, 200]);
  }
});

it('what operators ask is at the admin port alone, and what services ask is not there', async () => {
  const token = readAdminToken(node.dataFolder);
  const headers = { authorization: `Bearer ${token}` };
  for (const { method, paths } of Object.values(operator.operations)) {
    const answer = await ask(node.serviceUrl ?? '', paths[0], { method, headers, ...(method === 'POST' && { body: {} }) });
    expect([paths[0], [403, 404, 405].includes(answer.status)]).toEqual([paths[0], true]);
  }
  const operated = new Set<string>(Object.values(operator.operations).flatMap(({ paths }) => paths));
  for (const path of internal.filter((each) => !operated.has(each))) {
    expect([path, (await ask(node.adminUrl, path, { headers, body: {} })).status]).toEqual([path, 404]);
  }
});
