// The documentation promises that its examples work as they stand there. Like those of the README, they are run as they
// stand there; only ports, addresses and keys are those of the node under test.

import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GangwayNode, startNode } from '../packages/services/src/node.ts';
import { readSettings } from '../packages/services/src/platform/settings.ts';
import { operate } from './cli/operator.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);
const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const encryptedKey = `CV${'1'.repeat(32)}`;
const signedKey = `CV${'2'.repeat(32)}`;

/** The example in a language; a page has one of each that is run. */
function example(page: string, language: 'sh' | 'js'): string {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const [, found] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text) ?? [];
  if (found === undefined) throw new Error(`docs/${page} has no example in ${language}.`);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let folder: string;
let node: GangwayNode;
let webhookPort: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-docs-'));
  webhookPort = await freePort();
  const deployments = [{ deploymentKeys: [encryptedKey] }, { deploymentKeys: [signedKey], encrypt: false }];
  const configuration = join(folder, 'gangway.json');
  writeFileSync(configuration, JSON.stringify({ accounts: [{ sid: `AC${'0'.repeat(31)}1`, deployments }] }));
  const environment = {
    GANGWAY_PORT: '0',
    GANGWAY_ADMIN_PORT: '0',
    GANGWAY_SERVICE_PORT: '0',
    GANGWAY_DATA_DIR: join(folder, 'data'),
    GANGWAY_CONFIG: configuration,
    GANGWAY_CONVERSATION_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}/`,
    GANGWAY_CONVERSATION_WEBHOOK_SECRET: webhookSecret,
  };
  node = await startNode(readSettings(environment, {}), { log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await node?.close();
  rmSync(folder, { recursive: true });
});

const atNode = (text: string) => text.replaceAll('http://localhost:4000', node.publicUrl ?? '');
const moduleArguments = (text: string) => ['--input-type=module', '--eval', text];

test('proof of possession: the example creates, refreshes and ends a session with the dpop package', async () => {
  const env = { ...process.env, KEY: encryptedKey };
  const { stdout } = await run(process.execPath, moduleArguments(atNode(example('proof-of-possession.md', 'js'))), {
    cwd: root,
    env,
  });
  expect(stdout).toMatch(/^[0-9a-f-]{36} until 20[^\n]+Z\n$/);
});

test('tokens: the example verifies a signed token with the published keys, and nothing else', async () => {
  const answer = await fetch(`${node.publicUrl}/v2/Webchat/Token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webchat-sec-usersettings': '{}',
      'x-webchat-sec-webchatinfo': '{}',
      'x-webchat-sec-decoders': '{}',
    },
    body: JSON.stringify({ deploymentKey: signedKey }),
  });
  const { token, identity } = (await answer.json()) as { token: string; identity: string };
  const text = `${atNode(example('tokens.md', 'js'))}
    const [token, altered] = process.argv.slice(1);
    console.log((await verify(token)).sub, await verify(altered).catch(() => 'refused'));`;
  const altered = token.replace(/\.(.)/, (_, first: string) => `.${first === 'e' ? 'f' : 'e'}`);
  const { stdout } = await run(process.execPath, [...moduleArguments(text), token, altered], { cwd: root });
  expect(stdout).toBe(`${identity} refused\n`);
});

test('verifying: the examples tell a visitor from a stranger, with a credential of the command line', async () => {
  const answer = await fetch(`${node.publicUrl}/v2/Webchat/Token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webchat-sec-usersettings': '{}',
      'x-webchat-sec-webchatinfo': '{}',
      'x-webchat-sec-decoders': '{}',
    },
    body: JSON.stringify({ deploymentKey: encryptedKey }),
  });
  const { token, identity } = (await answer.json()) as { token: string; identity: string };
  const made = await operate(node, 'backends', 'create', 'an example', '--account', `AC${'0'.repeat(31)}1`);
  const env = { ...process.env, CREDENTIAL: made.split('\n', 1)[0], TOKEN: token };
  const atService = (text: string) => text.replaceAll('http://localhost:4002', node.serviceUrl ?? '');

  const text = `${atService(example('verifying.md', 'js'))}
    const asked = (authorization) => verify(new Request('http://a.example', { headers: { authorization } }), 'http://a.example/');
    console.log((await asked('Bearer ' + process.env.TOKEN)).identity, await asked('Bearer x'), await asked('DPoP x'));`;
  const { stdout } = await run(process.execPath, moduleArguments(text), { cwd: root, env });
  expect(stdout).toBe(`${identity} undefined undefined\n`);
  const introspected = await run('sh', ['-c', atService(example('verifying.md', 'sh'))], { env });
  expect(JSON.parse(introspected.stdout)).toMatchObject({ active: true, sub: identity, scope: 'chat' });
});

describe('conversations', () => {
  test('the example of Init opens a conversation, and the example of a chat system hears of it', async () => {
    const server = example('conversations.md', 'js').replace('4100', String(webhookPort));
    const env = { ...process.env, WEBHOOK_SECRET: webhookSecret };
    const chat = spawn(process.execPath, moduleArguments(server), { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let heard = '';
      chat.stdout.setEncoding('utf8').on('data', (text: string) => {
        heard += text;
      });
      const url = `http://127.0.0.1:${webhookPort}/`;
      await expect
        .poll(() =>
          fetch(url, { method: 'POST' }).then(
            ({ status }) => status,
            () => 0,
          ),
        )
        .toBe(401);

      const { stdout } = await run('sh', ['-c', atNode(example('conversations.md', 'sh'))], {
        env: { ...process.env, KEY: encryptedKey },
      });
      const { identity, conversation_sid } = JSON.parse(stdout) as Record<string, string>;
      expect(conversation_sid).toMatch(/^CH[0-9a-f]{32}$/);
      await expect.poll(() => heard, { timeout: 10_000 }).toBe(`${identity} opened ${conversation_sid}\n`);

      expect(await send(url, '{"type":"conversation.opened","data":{}}', { secret: Buffer.alloc(32, 8) })).toBe(401);
      expect(await send(url, '{"type":"other"}', { secret: Buffer.alloc(32, 7), ageSeconds: 600 })).toBe(401);
      expect(await send(url, '{"type":"other"}', { secret: Buffer.alloc(32, 7) })).toBe(204);
    } finally {
      chat.kill();
    }
  });
});

/** Tells the example of a chat system something, as Standard Webhooks define. */
async function send(
  url: string,
  body: string,
  { secret, ageSeconds = 0 }: { secret: Buffer; ageSeconds?: number },
): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds);
  const signature = createHmac('sha256', secret).update(`msg_1.${timestamp}.${body}`).digest('base64');
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  return (await fetch(url, { method: 'POST', headers, body })).status;
}
