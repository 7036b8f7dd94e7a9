// What operators write and clients send never becomes a header line of its own: ten thousand values, in the configuration
// and as `Origin`, against the bytes that a node answers with.

import type { DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { parseOriginEntry } from '@gangway/contracts/origins';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDeclaredConfiguration } from '../../packages/services/src/flex-configuration/read-declared-configuration.ts';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { paths } from '../topology/visitor-session.ts';
import { type RawHead, rawPost, sendRaw } from './raw-request.ts';

const values = 10_000;
const concurrency = 16;
const deploymentCount = 400;
const limits = { createPerMinutePerAddress: 1_000_000, refreshPerMinutePerSession: 1_000_000 };

const injection = fc.constantFrom(
  '\r\nx-injected: 1',
  '\nx-injected: 1',
  '\rx-injected: 1',
  '\r\n\r\n<script>',
  '\0',
  '\u2028x-injected: 1',
  '\u0085x-injected: 1',
  '\u560a\u560dx-injected: 1',
  '%0d%0ax-injected: 1',
  '\\r\\nx-injected: 1',
  '\tx-injected: 1',
  ', *',
);
const piece = fc.oneof(
  injection,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.domain(),
  fc.constantFrom('https://', ':443', '*.', 'null'),
);
const text = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
const entry = fc.oneof(
  fc.domain().map((host) => `https://${host}`),
  fc.domain().map((host) => `https://*.${host}`),
  fc.tuple(fc.domain(), text).map(([host, behind]) => `https://${host}${behind}`),
  text,
);

/** Deployments whose every text is an attack; origins as far as they can be declared at all. */
function hostileDeployments(): DeclaredDeployment[] {
  const one = fc.record({
    friendlyName: text.map((name) => name.slice(0, 128)),
    origins: fc.array(entry, { maxLength: 4 }),
    grants: fc.array(fc.record({ grant: text.map((name) => `g${name.slice(0, 63)}`), note: text }), {
      minLength: 1,
      maxLength: 3,
    }),
  });
  return fc.sample(one, deploymentCount).map(({ friendlyName, origins, grants }, index) => ({
    deploymentKeys: [`CV${index.toString(16).padStart(32, '0')}`],
    friendlyName,
    allowedOrigins: origins.filter((origin) => origin.length <= 320 && !('problem' in parseOriginEntry(origin))),
    grants,
    webchatSecurityEnabled: false,
    limits,
  }));
}

/** Every header line that an answer of these routes has, by its name. */
const known = new Set([
  'access-control-allow-origin',
  'access-control-expose-headers',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'dpop-nonce',
  'keep-alive',
  'vary',
  'x-content-type-options',
  'x-request-id',
]);

/** Lines that should not be there: of another name, a second of one name, or with a byte that belongs in none. */
function extraLines({ lines }: RawHead): readonly string[] {
  const names = lines.map((line) => line.split(':', 1)[0]?.toLowerCase() ?? '');
  return lines.filter(
    (line, at) => !known.has(names[at] ?? '') || names.indexOf(names[at] ?? '') !== at || !/^[\w-]+: [\x20-\x7e]*$/.test(line),
  );
}

it(`of ${values} values in Origin and in the configuration, none adds a header line`, async () => {
  const deployments = hostileDeployments();
  const node: NodeInProcess = await startNodeInProcess({
    accounts: [{ sid: `AC${'1'.repeat(32)}`, friendlyName: 'a\r\nx-injected: 1', deployments }],
  });
  try {
    const origins = fc.sample(text, values);
    const statuses = new Map<number, number>();
    const extra: unknown[] = [];
    let echoed = 0;
    let next = 0;
    const worker = async () => {
      while (next < values) {
        const number = next;
        next += 1;
        const { deploymentKeys, allowedOrigins = [] } = deployments[number % deploymentCount] ?? { deploymentKeys: [] };
        const listed = allowedOrigins[number % Math.max(1, allowedOrigins.length)]?.replace('*', 'www') ?? '';
        // A third begins with what the deployment covers, a third is just that, a third has nothing to do with it.
        const origin = [listed + (origins[number] ?? ''), listed, origins[number] ?? ''][number % 3] ?? '';
        const head = await sendRaw(
          node.publicUrl,
          rawPost(paths.create, [['origin', Buffer.from(origin)]], { deploymentKey: deploymentKeys[0] }),
        );
        statuses.set(head.status, (statuses.get(head.status) ?? 0) + 1);
        if (head.lines.some((line) => line === `access-control-allow-origin: ${listed}` && listed !== '')) echoed += 1;
        const found = extraLines(head);
        if (found.length > 0) extra.push([origin, found]);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    expect(extra).toEqual([]);
    // It would hold emptily if everything were refused, or no origin ever came back.
    expect([...statuses.keys()].sort()).toEqual([201, 400, 403]);
    expect(statuses.get(201)).toBeGreaterThan(1000);
    expect(echoed).toBeGreaterThan(500);
  } finally {
    await node.close();
  }
}, 60_000);

it('an origin entry with a byte that ends a line cannot be declared', () => {
  const declare = (origin: string) => () =>
    parseDeclaredConfiguration(
      JSON.stringify({
        accounts: [
          { sid: `AC${'1'.repeat(32)}`, deployments: [{ deploymentKeys: [`CV${'1'.repeat(32)}`], allowedOrigins: [origin] }] },
        ],
      }),
      'gangway.json',
    );
  for (const byte of ['\r', '\n', '\r\n', '\0', '\u2028', '\u0085', ' ', '\t']) {
    for (const origin of [
      `https://shop.example${byte}x`,
      `https://shop${byte}.example`,
      `${byte}https://shop.example`,
      `https://shop.example:${byte}443`,
    ]) {
      expect(declare(origin), JSON.stringify(origin)).toThrow();
    }
  }
  expect(declare('https://shop.example')).not.toThrow();
});
