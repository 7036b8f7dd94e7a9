// The diagrams are tests: each branch that they draw is made to happen, and the messages between the participants are
// held against the arrows.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@gangway/contracts/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GangwayNode, startNode } from '../packages/services/src/node.ts';
import { openLog } from '../packages/services/src/platform/log.ts';
import { readSettings } from '../packages/services/src/platform/settings.ts';
import { type BranchName, branches, drawnMessages } from './sequences/branches.ts';
import { compareMessages } from './sequences/compare-messages.ts';
import { type DrawnMessage, readDiagram } from './sequences/diagram.ts';

const origin = 'https://www.owlbikes.example';
const secured = { account: `AC${'1'.repeat(32)}`, key: `CV${'1'.repeat(32)}`, webchatSecurityEnabled: true };
const unsecured = { account: `AC${'2'.repeat(32)}`, key: `CV${'2'.repeat(32)}`, webchatSecurityEnabled: false };
const signals = {
  'x-webchat-sec-usersettings': '{"language":"en-GB","cookieEnabled":true,"userTimezone":-60}',
  'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1700000000000"}',
  'x-webchat-sec-decoders': '{"audio":{},"video":{}}',
};

let folder: string;
let node: GangwayNode;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-sequences-'));
  const accounts = [secured, unsecured].map(({ account, key, webchatSecurityEnabled }) => ({
    sid: account,
    webchatSecurityEnabled,
    deployments: [{ deploymentKeys: [key], allowedOrigins: [origin] }],
  }));
  writeFileSync(join(folder, 'gangway.json'), JSON.stringify({ accounts }));
  const settings = {
    GANGWAY_PORT: '0',
    GANGWAY_ADMIN_PORT: '0',
    GANGWAY_SERVICE_PORT: '0',
    GANGWAY_DATA_DIR: join(folder, 'data'),
    GANGWAY_CONFIG: join(folder, 'gangway.json'),
    GANGWAY_DEMO: 'true',
  };
  node = await startNode(readSettings(settings, {}), { log: openLog('silent').log });
});

afterAll(async () => {
  await node?.close();
  rmSync(folder, { recursive: true });
});

interface Answered {
  readonly status: number;
  readonly token: string;
  readonly messages: readonly Message[];
}

/** Makes a request as a page of the allowed origin does, and reads the messages that it caused. */
async function ask(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const answer = await fetch(`${node.publicUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, ...headers },
    body: JSON.stringify(body),
  });
  const { token = '' } = (await answer.json()) as { token?: string };
  const calls = await fetch(`${node.publicUrl}/demo/calls/${answer.headers.get('x-request-id')}`);
  return { status: answer.status, token, messages: (await calls.json()) as Message[] };
}

const create = ({ key }: { key: string }, headers?: Readonly<Record<string, string>>) =>
  ask('/v2/Webchat/Token', { deploymentKey: key }, headers);
const refresh = ({ key }: { key: string }, token: string, headers?: Readonly<Record<string, string>>) =>
  ask('/v2/Webchat/Token/Refresh', { deploymentKey: key, token }, headers);

const flows: Readonly<Record<BranchName, { readonly status: number; readonly run: () => Promise<Answered> }>> = {
  createWithoutSecurity: { status: 201, run: () => create(unsecured) },
  createWithoutFingerprint: { status: 403, run: () => create(secured) },
  create: { status: 201, run: () => create(secured, signals) },
  refresh: { status: 200, run: async () => refresh(secured, (await create(secured, signals)).token, signals) },
  refreshWithoutSecurity: { status: 200, run: async () => refresh(unsecured, (await create(unsecured)).token) },
  refreshInOtherBrowser: {
    status: 403,
    run: async () => {
      const { token } = await create(secured, signals);
      return refresh(secured, token, { ...signals, 'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1700000000001"}' });
    },
  },
  refreshWithInvalidToken: { status: 401, run: () => refresh(secured, 'no.token.at.all.', signals) },
  refreshWithInvalidTokenWithoutSecurity: { status: 401, run: () => refresh(unsecured, 'no.token.at.all.') },
};

describe('the drawn messages happen, all of them and no others, in their order', () => {
  it.each(Object.keys(branches) as BranchName[])('%s', async (name) => {
    const { status, messages } = await flows[name].run();
    expect(status).toBe(flows[name].status);
    expect(compareMessages(await drawnMessages(name), messages)).toEqual([]);
  });
});

it.each(['createWithoutSecurity', 'refreshWithoutSecurity'] as const)(
  'no fingerprint is sent with the flag off: %s',
  async (name) => {
    const { messages } = await flows[name].run();
    expect(messages.filter(({ fields }) => 'fingerprint' in fields)).toEqual([]);
  },
);

it.each(['create-token', 'refresh-token'] as const)('every section of %s.mmd is on the way of a branch', async (name) => {
  const covered = Object.values(branches).filter(({ diagram }) => diagram === name);
  const { sections, names } = await readDiagram(name);
  expect(new Set(covered.flatMap((branch) => branch.sections as readonly string[]))).toEqual(new Set(sections));
  expect(names).toEqual({
    customer: 'Customer',
    starship: 'Starship',
    'flex-webchat-orchestrator': 'FlexWebchatOrchestratorService',
    'federated-auth': 'FederatedAuthService',
    'scoped-auth': 'ScopedAuthService',
    'flex-configuration': 'Flex Configuration',
  });
});

describe('the comparison finds', () => {
  const drawn: readonly DrawnMessage[] = [
    { from: 'federated-auth', to: 'scoped-auth', kind: 'request', text: 'POST /v1/Validate req.body.token=token' },
    { from: 'scoped-auth', to: 'federated-auth', kind: 'answer', text: '{authorized: false, message: token_validation_failed}' },
  ];
  const asked: Message = {
    from: 'federated-auth',
    to: 'scoped-auth',
    kind: 'request',
    label: 'POST /v1/Validate',
    fields: { token: '…', purpose: 'refresh' },
  };
  const answered: Message = {
    from: 'scoped-auth',
    to: 'federated-auth',
    kind: 'answer',
    label: '',
    fields: { authorized: 'false', message: 'token_validation_failed' },
  };

  it('nothing where both are the same', () => expect(compareMessages(drawn, [asked, answered])).toEqual([]));

  it.each<[string, readonly Message[]]>([
    ['a missing message', [asked]],
    ['an extra message', [asked, answered, answered]],
    ['another order', [answered, asked]],
    ['another receiver', [{ ...asked, to: 'flex-configuration' }, answered]],
    ['another kind', [{ ...asked, kind: 'answer' }, answered]],
    ['another route', [{ ...asked, label: 'POST /v1/Generate' }, answered]],
    ['a missing field', [{ ...asked, fields: { purpose: 'refresh' } }, answered]],
    ['another verdict', [asked, { ...answered, fields: { ...answered.fields, authorized: 'true' } }]],
    ['another message', [asked, { ...answered, fields: { ...answered.fields, message: 'fingerprint_validation_failed' } }]],
  ])('%s', (_, recorded) => expect(compareMessages(drawn, recorded)).not.toEqual([]));
});
