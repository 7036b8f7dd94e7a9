// What is too large, too deep or too many is refused with a 4xx that says why, costs the node next to nothing, and leaves
// nothing behind in its memory.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { type GangwayProcess, startGangway } from '../topology/gangway-process.ts';
import { makeTemporaryFolder } from '../topology/temporary-folder.ts';
import { type Answer, ask, chromeOnMac } from '../topology/visitor.ts';
import { paths } from '../topology/visitor-session.ts';
import { sendRaw } from './raw-request.ts';

const { declaration, keys } = declare({ open: {} });
const deploymentKey = keys.open;
const form = 'application/x-www-form-urlencoded';
const bodyBytesMax = 16 * 1024;

const times = (count: number, write: (index: number) => string, separator = ',') =>
  Array.from({ length: count }, (_, index) => write(index)).join(separator);
const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const nestedObject = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

interface Case {
  readonly what: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly codes: readonly (string | undefined)[];
}

const right = JSON.stringify({ deploymentKey });
const initWith = (fields: object) =>
  JSON.stringify({ deploymentKey, customerFriendlyName: 'V', preEngagementData: '{}', ...fields });

/** Each refused, by one of the codes. */
const refused: readonly Case[] = [
  {
    what: 'a body of one byte too many',
    body: right + ' '.repeat(bodyBytesMax - right.length + 1),
    codes: ['payload_too_large'],
  },
  {
    what: 'a body that says it is larger than it is',
    headers: { 'content-length': '99999999999' },
    body: right,
    codes: ['payload_too_large'],
  },
  {
    what: 'two statements of one length',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(60_000),
    codes: ['invalid_request'],
  },
  {
    what: 'a large form',
    headers: { 'content-type': form },
    body: `deploymentKey=${'x'.repeat(60_000)}`,
    codes: ['payload_too_large'],
  },
  {
    what: 'a body that claims to be compressed',
    headers: { 'content-encoding': 'gzip' },
    body: '\u001f\u008b',
    codes: ['invalid_request', 'unsupported_media_type'],
  },
  { what: 'JSON 8,000 deep', body: nested(8000), codes: ['invalid_request'] },
  { what: 'a field 8,000 deep', body: `{"deploymentKey":${nested(8000)}}`, codes: ['invalid_request'] },
  { what: 'objects 2,500 deep', body: `{"deploymentKey":${nestedObject(2500)}}`, codes: ['invalid_request'] },
  { what: 'JSON that is never closed', body: '['.repeat(bodyBytesMax), codes: ['invalid_request'] },
  {
    what: 'a field 300 times',
    headers: { 'content-type': form },
    body: times(300, () => `deploymentKey=${deploymentKey}`, '&'),
    codes: ['invalid_request'],
  },
  {
    what: 'a token of 8,193 characters',
    path: paths.refresh,
    body: JSON.stringify({ deploymentKey, token: 'x'.repeat(8193) }),
    codes: ['invalid_request'],
  },
  {
    what: 'a token of dots',
    path: paths.refresh,
    body: JSON.stringify({ deploymentKey, token: '.'.repeat(8192) }),
    codes: ['invalid_token'],
  },
  {
    what: 'a name of 257 characters',
    path: paths.init,
    body: initWith({ customerFriendlyName: 'x'.repeat(257) }),
    codes: ['invalid_request'],
  },
  {
    what: 'pre-engagement data of 8,193 characters',
    path: paths.init,
    body: initWith({ preEngagementData: `{"a":"${'x'.repeat(8193)}"}` }),
    codes: ['invalid_request'],
  },
  { what: 'a header of 17 KiB', headers: { 'x-large': 'x'.repeat(17 * 1024) }, body: right, codes: ['invalid_request'] },
  {
    what: '1,500 headers',
    headers: Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`x-${index}`, '1'])),
    body: right,
    codes: ['invalid_request'],
  },
  {
    what: 'a signal header of 1,025 bytes',
    headers: { 'x-webchat-sec-decoders': `{"a":"${'x'.repeat(1017)}"}` },
    body: right,
    codes: ['fingerprint_generation_failed'],
  },
  {
    what: 'a signal header 500 deep that is no object',
    headers: { 'x-webchat-sec-decoders': nested(500) },
    body: right,
    codes: ['fingerprint_generation_failed'],
  },
  { what: 'a proof of 5,000 characters', headers: { dpop: 'x'.repeat(5000) }, body: right, codes: ['invalid_dpop_proof'] },
  { what: 'a proof of dots', headers: { dpop: '.'.repeat(4096) }, body: right, codes: ['invalid_dpop_proof'] },
  { what: 'a path of 12 KiB', path: `${paths.create}/${'x'.repeat(12_000)}`, body: right, codes: ['not_found'] },
  {
    what: 'a key in a query of 12 KiB',
    path: `/v2/Webchat/Origin?deploymentKey=${'x'.repeat(12_000)}`,
    codes: ['method_not_allowed', 'invalid_request'],
  },
];

/** Nobody asked for these, and a browser sends none of them. */
const strangers: readonly Case[] = [
  {
    what: 'a member 7,000 deep beside the fields',
    body: `{"deploymentKey":"${deploymentKey}","x":${nested(7000)}}`,
    codes: ['invalid_request'],
  },
  {
    what: '2,000 fields in a form',
    headers: { 'content-type': form },
    body: `deploymentKey=${deploymentKey}&${times(2000, (index) => `${index}=1`, '&')}`,
    codes: ['invalid_request'],
  },
  {
    what: '1,500 members in JSON',
    body: `{"deploymentKey":"${deploymentKey}",${times(1500, (index) => `"${index}":1`)}}`,
    codes: ['invalid_request'],
  },
  {
    what: 'members that objects have already, of which nothing is read',
    body: `{"deploymentKey":"${deploymentKey}","__proto__":{"token":"x"},"constructor":{"prototype":{}}}`,
    codes: [undefined],
  },
  {
    what: 'a signal header with a value 150 deep, of which nothing is read',
    headers: { 'x-webchat-sec-decoders': nestedObject(150) },
    body: right,
    codes: [undefined],
  },
];

describe('a node', () => {
  const folder = makeTemporaryFolder();
  let node: GangwayProcess;
  beforeAll(async () => {
    node = await startGangway({ dataFolder: join(folder, 'data'), settings: { CONFIG: writeDeclaration(folder, declaration) } });
  });
  afterAll(async () => {
    node.signal('SIGTERM');
    await node.ended;
    rmSync(folder, { recursive: true });
  });

  const send = ({ path = paths.create, headers = {}, body }: Case): Promise<Answer> =>
    ask(node.publicUrl ?? '', path, {
      headers: { ...chromeOnMac, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    });

  /** A figure of the node's own. */
  async function figure(name: string): Promise<number> {
    const { text } = await ask(node.adminUrl, '/metrics', { method: 'GET' });
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  }

  it.each([...refused, ...strangers])('$what: $codes', async (one) => {
    const { status, body } = await send(one);
    expect(one.codes).toContain(body.code);
    expect(status).toBeLessThan(500);
    if (body.code !== undefined) expect(status).toBeGreaterThanOrEqual(400);
  });

  it('a body in pieces is refused as soon as they are too many, and never read to its end', async () => {
    const head =
      'POST /v2/Webchat/Token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const piece = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const { status } = await sendRaw(node.publicUrl ?? '', Buffer.from(head + piece.repeat(5)));
    expect(status).toBe(413);
  });

  it('thousands of them cost under 20 ms each, and no memory that is not given back', async () => {
    const all = [...refused, ...strangers];
    const flood = async (count: number) => {
      for (let sent = 0; sent < count; sent += 10) {
        // The connection of what is far too large may be closed before all of it was sent.
        await Promise.allSettled(
          Array.from({ length: 10 }, (_, index) => send(all[(sent + index) % all.length] ?? all[0] ?? { what: '', codes: [] })),
        );
      }
    };
    await flood(500);
    const [memory, seconds] = [await figure('process_resident_memory_bytes'), await figure('process_cpu_seconds_total')];
    const count = 2000;
    await flood(count);
    const spent = (await figure('process_cpu_seconds_total')) - seconds;
    expect((spent * 1000) / count).toBeLessThan(20);
    const grown = (await figure('process_resident_memory_bytes')) - memory;
    expect(grown / 1024 / 1024).toBeLessThan(60);
    expect((await send({ what: '', body: right, codes: [] })).status).toBe(201);
    expect(node.stdout()).not.toContain('"code":"internal"');
  });
});
