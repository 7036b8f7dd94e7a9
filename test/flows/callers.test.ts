// Who may call whom: the arrows of the contract and no others, on the service listeners; and through the public edge none
// of them at all.

import type { Contract, Operation } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { type ServiceName, serviceNames } from '@gangway/contracts/participants';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../packages/services/src/platform/clock.ts';
import { createCredentialIssuer } from '../../packages/services/src/platform/service-credential.ts';
import { declared } from '../topology/declared-deployments.ts';
import { expectRefusal } from '../topology/expect-refusal.ts';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import { type Answer, ask } from '../topology/visitor.ts';

const contracts: readonly Contract[] = [flexWebchatOrchestrator, federatedAuth, scopedAuth, flexConfiguration];
const accountSid = declared.accounts[0]?.sid ?? '';
const concrete = (path: string) => path.replace(':accountSid', accountSid);

/** Every path of every operation. */
const routes = contracts.flatMap(({ participant, operations }) =>
  Object.values(operations).flatMap((operation) =>
    operation.paths.map((path) => ({ callee: participant, operation, path: concrete(path) })),
  ),
);

function call(baseUrl: string | null, operation: Operation, path: string, authorization?: string): Promise<Answer> {
  return ask(baseUrl ?? '', path, {
    method: operation.method,
    headers: authorization === undefined ? {} : { authorization },
    ...(operation.method === 'POST' && { body: { surely: 'no right body' } }),
  });
}

const notAllowed = {
  code: 'caller_not_allowed',
  message: expect.any(String),
  status: 403,
  requestId: expect.any(String),
  moreInfo: '/docs/refusals/caller_not_allowed',
};

describe('five processes', () => {
  let topology: Topology;
  beforeAll(async () => {
    topology = await startTopology('five processes');
  });
  afterAll(() => topology.close());

  const issuer = () => createCredentialIssuer(topology.serviceSecret, systemClock);
  const serviceUrl = (callee: ServiceName) => topology.processOf(callee).serviceUrl;

  it.each(serviceNames)('%s may call those to whom the contract draws an arrow, and nobody else', async (caller) => {
    for (const { callee, operation, path } of routes) {
      const { status, body } = await call(serviceUrl(callee), operation, path, issuer()(caller, callee));
      if (operation.callers.includes(caller)) expect([200, 400], `${caller} -> ${path}`).toContain(status);
      else expect(body, `${caller} -> ${path}`).toEqual(notAllowed);
    }
  });

  it.each<[string, (topology: Topology) => string | undefined]>([
    ['none at all', () => undefined],
    ['nothing', () => ''],
    ['another scheme', ({ serviceSecret }) => `Bearer ${serviceSecret}`],
    ['of another secret', () => createCredentialIssuer('x'.repeat(32), systemClock)('federated-auth', 'scoped-auth')],
    ['for another callee', () => issuer()('federated-auth', 'flex-configuration')],
    [
      'that names another caller than was signed',
      () => issuer()('starship', 'scoped-auth').replace('starship', 'federated-auth'),
    ],
    [
      'that has expired beyond the leeway',
      ({ serviceSecret }) =>
        createCredentialIssuer(serviceSecret, { now: () => Date.now() - 121_000 })('federated-auth', 'scoped-auth'),
    ],
    ['with a later expiry than was signed', () => issuer()('federated-auth', 'scoped-auth').replace(/\.\d+\./, '.9999999999.')],
    ['without its MAC', () => issuer()('federated-auth', 'scoped-auth').replace(/\.[^.]+$/, '.')],
    ['with something behind it', () => `${issuer()('federated-auth', 'scoped-auth')}.more`],
    ['of a caller that there is not', () => issuer()('nobody' as ServiceName, 'scoped-auth')],
    ['of a backend, signed by the services', () => issuer()('backend' as ServiceName, 'scoped-auth')],
  ])('a credential %s is refused, before the body is looked at', async (_, credential) => {
    for (const { callee, operation, path } of routes.filter((route) => route.callee === 'scoped-auth')) {
      const { status, body } = await call(serviceUrl(callee), operation, path, credential(topology));
      expect([status, body]).toEqual([403, notAllowed]);
    }
  });

  it('a route of another service, a wrong method and a wrong body are told to callers that may call', async () => {
    const authorization = issuer()('federated-auth', 'scoped-auth');
    const url = serviceUrl('scoped-auth') ?? '';
    const headers = { authorization };
    const codes = [
      await ask(url, '/v1/Deployments', { method: 'GET', headers }),
      await ask(url, '/v1/ScopedAuthTokens/validate', { method: 'GET', headers }),
      await ask(url, '/v1/ScopedAuthTokens/validate', { headers, body: {} }),
      await ask(url, '/v1/ScopedAuthTokens/validate', { headers, body: { token: 'x', sensitivity: 'none' } }),
      await ask(url, '/v1/ScopedAuthTokens/validate', { headers, body: { token: 'x', more: 1 } }),
    ].map(({ body }) => [body.code, body.message]);
    expect(codes).toEqual([
      ['not_found', expect.any(String)],
      ['method_not_allowed', expect.any(String)],
      ['invalid_request', 'The request: token is missing.'],
      ['invalid_request', 'sensitivity: must be one of off, low, medium, high.'],
      ['invalid_request', 'more: there is no such member.'],
    ]);
  });

  it('no internal route can be reached through the edge, however it is written', async () => {
    await expectNoInternalRoute(topology.publicUrl);
  });
});

describe('one process without a service secret', () => {
  async function start(): Promise<GangwayProcess> {
    const started = await startGangway({ dataFolder: temporaryFolder() });
    onTestFinished(async () => {
      started.signal('SIGTERM');
      await started.ended;
    });
    return started;
  }

  it('offers on its service port what backends may call, and no more', async () => {
    const { serviceUrl } = await start();
    for (const { operation, path } of routes) {
      const { body } = await call(serviceUrl, operation, path);
      expect(body.code, path).toBe(operation.callers.includes('backend') ? 'caller_not_allowed' : 'not_found');
    }
  });

  it('no internal route can be reached through the edge, however it is written', async () => {
    await expectNoInternalRoute((await start()).publicUrl ?? '');
  });
});

/** Internal paths as they are, and in all the spellings that have ever led a router astray. */
async function expectNoInternalRoute(publicUrl: string): Promise<void> {
  const internal = routes.filter(({ callee }) => callee !== 'flex-webchat-orchestrator').map(({ path }) => path);
  const spellings = [...internal, '/metrics', '/health/ready', '/health/live'].flatMap((path) => [
    path,
    path.toUpperCase(),
    path.toLowerCase(),
    `/${path}`,
    path.replaceAll('/', '//'),
    `${path}/`,
    path.replaceAll('/', '/./'),
    `/v2/Webchat/../..${path}`,
    `/v2/Webchat/Token/%2e%2e/%2e%2e/%2e%2e${path}`,
    path.replaceAll('/', '%2f').replace('%2f', '/'),
    path.replaceAll('/', '%5c').replace('%5c', '/'),
    path.replaceAll('/', '\\').replace('\\', '/'),
    path.replace(/[a-z]/i, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    path.replace(/[a-z]/i, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
    `${path}%00`,
    `${path};x`,
    `http://scoped-auth${path}`,
  ]);
  for (const spelling of spellings) {
    for (const method of ['GET', 'POST']) {
      const answer = await ask(publicUrl, spelling, { method, ...(method === 'POST' && { body: {} }) });
      expectRefusal(answer, 'not_found', publicUrl);
    }
  }
}
