// Nothing secret and nothing of a visitor's comes out where it does not belong: in no log at its most talkative, in no
// refusal, in no figure, in no trace of the demo.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@gangway/contracts/participants';
import { expect, it, onTestFinished } from 'vitest';
import { openSqlite } from '../../packages/services/src/platform/database.ts';
import { openKeyEncryptionKey } from '../../packages/services/src/scoped-auth/keys/key-encryption-key.ts';
import type { ScopedAuthTables } from '../../packages/services/src/scoped-auth/open-scoped-auth.ts';
import { declare } from '../topology/declare.ts';
import { runGangway } from '../topology/gangway-process.ts';
import { startTopology, type Topology } from '../topology/topologies.ts';
import type { Answer } from '../topology/visitor.ts';
import { ask } from '../topology/visitor.ts';
import { foundIn, knownCanaries, partsOf, secrets, spellingsOf } from './canaries.ts';
import { beAWrongService, beRefused, liveAsVisitor } from './canary-visits.ts';

const { declaration, keys } = declare({
  encrypted: {},
  signed: { encrypt: false },
  reported: { fingerprintSensitivity: 'high', reportOnly: true },
});

/** The root keys of a node that has been killed, unwrapped and as they are stored. */
async function rootKeys(dataFolder: string): Promise<readonly (readonly [string, string])[]> {
  const database = openSqlite<ScopedAuthTables>(dataFolder);
  const rows = await database.queries.selectFrom('root_keys').select(['id', 'wrapped']).execute();
  await database.close();
  const kek = openKeyEncryptionKey({ text: secrets.KEK, dataDirectory: undefined });
  const found = rows.map(async ({ id, wrapped }) => {
    const root = await kek.unwrap(id, wrapped);
    if (root === undefined) throw new Error('A root key cannot be unwrapped.');
    return [...spellingsOf(`root key ${id}`, root), [`root key ${id}, wrapped`, wrapped] as const];
  });
  return (await Promise.all(found)).flat();
}

const processesOf = (topology: Topology) => [...new Set(serviceNames.map((name) => topology.processOf(name)))];

it.each(['one process', 'five processes'] as const)(
  'no canary is found (%s)',
  async (name) => {
    const topology = await startTopology(name, declaration, { ...secrets, LOG_LEVEL: 'debug' });
    let isOpen = true;
    onTestFinished(async () => {
      if (isOpen) await topology.close();
    });
    const { publicUrl } = topology;
    const processes = processesOf(topology);
    const scopedAuth = topology.processOf('scoped-auth');
    const canaries: (readonly [string, string])[] = [
      ...knownCanaries,
      ['the service secret', topology.serviceSecret],
      ...processes.map(
        ({ dataFolder }) => ['an admin token', readFileSync(join(dataFolder, 'admin.token'), 'utf8').trim()] as const,
      ),
    ];
    const refusals: Answer[] = [];
    const hear = (answer: Answer) => {
      if (answer.status >= 400) refusals.push(answer);
    };

    for (const key of Object.values(keys)) canaries.push(...(await liveAsVisitor(publicUrl, key, hear)));
    await beRefused(publicUrl, keys.encrypted, hear);
    const serviceUrls = processes.flatMap(({ serviceUrl }) => serviceUrl ?? []);
    await beAWrongService({ serviceUrls, adminUrl: scopedAuth.adminUrl }, topology.serviceSecret, hear);

    const traces = await Promise.all(
      refusals.map(({ body }) => ask(publicUrl, `/demo/calls/${body.requestId}`, { method: 'GET' })),
    );
    const figures = await Promise.all(processes.map(({ adminUrl }) => ask(adminUrl, '/metrics', { method: 'GET' })));
    const listed = await Promise.all(
      [['keys'], ['revocations']].map((words) => runGangway(words, { dataFolder: scopedAuth.dataFolder })),
    );
    // What is written is written in pieces: all of it has to be there before a process is killed.
    const { body: last } = await ask(publicUrl, '/the-end', { method: 'GET' });
    for (const words of ['the chat system could not be told', String(last.requestId)]) {
      await expect.poll(topology.output, { timeout: 5000 }).toContain(words);
    }
    // What failures have to say, too: Scoped Auth is gone in the middle of it.
    await topology.kill('scoped-auth');
    if (name === 'five processes') canaries.push(...(await liveAsVisitor(publicUrl, keys.encrypted, hear)));
    canaries.push(...(await rootKeys(scopedAuth.dataFolder)));
    const output = Promise.all(processes.map(({ ended }) => ended));
    isOpen = false;
    await topology.close();

    const written = (await output).map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(foundIn(written, canaries)).toEqual([]);
    for (const { text, headers, body } of refusals) {
      expect([body.code, foundIn(text + JSON.stringify(headers), canaries)]).toEqual([body.code, []]);
    }
    for (const { text } of [...traces, ...figures]) expect(foundIn(text, canaries)).toEqual([]);
    for (const { stdout, stderr } of listed) expect(foundIn(stdout + stderr, canaries)).toEqual([]);

    // It would hold emptily if little had happened, or been written.
    expect(refusals.length).toBeGreaterThan(120);
    expect(canaries.length).toBeGreaterThan(60);
    expect(refusals.filter(({ body }) => body.code === 'internal')).toEqual([]);
    for (const words of [
      '"code":"invalid_token"',
      '"code":"invalid_fingerprint"',
      '"code":"fingerprint_generation_failed"',
      'report-only',
      'the chat system could not be told',
    ]) {
      expect([words, written.includes(words)]).toEqual([words, true]);
    }
  },
  60_000,
);

it('the search finds what it is meant to find', () => {
  const token = `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
  expect(foundIn(`x ${'c'.repeat(20)} y`, partsOf('a token', token))).toEqual(['a token, part 3']);
  expect(foundIn(`{"kek":"${secrets.KEK}"}`, knownCanaries)).toEqual(['KEK']);
});
