// The README's way to start it, as it stands there: its declaration, its commands, its variables; and a visitor is answered.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mermaid from 'mermaid';
import { expect, onTestFinished, test } from 'vitest';
import { readServerSettings } from '../../examples/llm-proxy/server-settings.ts';
import { operate } from '../cli/operator.ts';
import { freePort } from '../proxies/proxy-under-test.ts';
import { startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import { createToken } from '../topology/visitor.ts';
import { startLanguageModel } from './language-model.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'examples/llm-proxy');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? '';
const [startNode = '', makeCredential = '', startProxy = '', ...more] = block('sh').trim().split('\n');

test('three commands, and a visitor is answered; on SIGTERM it ends', async () => {
  expect(more).toEqual([]);
  const [, config = ''] = /GANGWAY_CONFIG=(\S+) npm start$/.exec(startNode) ?? [];
  const dataFolder = join(temporaryFolder(), 'data');
  const node = await startGangway({ dataFolder, settings: { CONFIG: join(root, config) } });
  onTestFinished(async () => {
    node.signal('SIGKILL');
    await node.ended;
  });
  const words = makeCredential.replace('npx gangway ', '').split(' ');
  const credential = (await operate(node, ...words)).split('\n', 1)[0];
  const model = await startLanguageModel();
  const port = String(await freePort());

  expect(startProxy).toBe('GANGWAY_CREDENTIAL=gwb_… PROVIDER_KEY=sk-… npm start --workspace examples/llm-proxy');
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const env = {
    ...process.env,
    ...{ GANGWAY_CREDENTIAL: credential, GANGWAY_SERVICE_URL: node.serviceUrl ?? '', PORT: port },
    ...{ PROVIDER_KEY: 'sk-x', PROVIDER_URL: model.url },
  };
  const proxy = spawn('sh', ['-c', scripts.start], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void proxy.kill('SIGKILL'));
  const [said] = await once(proxy.stdout, 'data');
  expect(String(said)).toBe(`The proxy is at http://localhost:${port}\n`);

  const { body } = await createToken(node.publicUrl ?? '', `CV${'0'.repeat(31)}1`, {
    ...{ origin: 'http://localhost:3000', 'x-webchat-sec-usersettings': '{}' },
    ...{ 'x-webchat-sec-webchatinfo': '{}', 'x-webchat-sec-decoders': '{}' },
  });
  const answer = await fetch(`http://localhost:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${body.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect([answer.status, await answer.json()]).toMatchObject([200, { choices: [{ message: { content: 'hello' } }] }]);
  const ended = once(proxy, 'exit');
  proxy.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

test('its variables and their defaults are those that the server reads', () => {
  const needed = { GANGWAY_CREDENTIAL: 'gwb_x', PROVIDER_KEY: 'sk-x' };
  const asked = new Set<string>();
  const environment = new Proxy<Record<string, string>>(needed, {
    get: (target, name: string) => {
      asked.add(name);
      return target[name];
    },
  });
  const settings = readServerSettings(environment);
  const rows = [...readme.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| (.*?) \|/gm)];
  const names = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
  expect(new Set(names)).toEqual(asked);
  const stated = rows.flatMap(([, , cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, value]) => value));
  const actual = [
    settings.provider.url,
    settings.provider.maxTokensField,
    settings.tokensPerDayOfAll,
    settings.serviceUrl,
    settings.port,
    settings.host,
  ];
  expect(stated).toEqual(expect.arrayContaining(actual.map(String)));
  for (const name of Object.keys(needed)) {
    expect(() => readServerSettings({ ...needed, [name]: '' })).toThrow(name);
  }
});

test('its picture is one', async () => {
  expect(await mermaid.parse(block('mermaid'))).toMatchObject({ diagramType: 'sequence' });
});
