// Measures what a million revocations cost those who validate: instances of Scoped Auth in this process, one with none, one
// with a million sessions and one with a million of all kinds, asked in turn about tokens that are not revoked. Nothing of
// HTTP is in it, so that the difference is as plain as it can be. `node bench/revocations.ts [revocations]`

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interface } from '@gangway/contracts/contract';
import type { scopedAuth } from '@gangway/contracts/scoped-auth';
import { systemClock } from '../packages/services/src/platform/clock.ts';
import { openDataFolder } from '../packages/services/src/platform/data-folder.ts';
import { migrate, openSqlite } from '../packages/services/src/platform/database.ts';
import { openLog } from '../packages/services/src/platform/log.ts';
import {
  openScopedAuth,
  type ScopedAuthTables,
  scopedAuthMigrations,
} from '../packages/services/src/scoped-auth/open-scoped-auth.ts';
import { type RevocationKind, revocationKinds } from '../packages/services/src/scoped-auth/revocations/revocation.ts';
import { databaseRevocationStore } from '../packages/services/src/scoped-auth/revocations/revocation-store.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const rounds = 60;
const tokensPerRound = 2000;
const context = { requestId: 'bench' };
const account = { accountSid: `AC${'b'.repeat(32)}`, deploymentSid: `DP${'b'.repeat(32)}` };

interface Subject {
  readonly scopedAuth: Interface<typeof scopedAuth>;
  readonly openedMs: number;
  close(): Promise<void>;
}

async function open(revocations: number, kinds: readonly RevocationKind[]): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'gangway-bench-'));
  const dataFolder = openDataFolder(folder);
  const database = openSqlite<ScopedAuthTables>(dataFolder);
  await migrate(database, scopedAuthMigrations);
  const store = databaseRevocationStore(database.queries.$pickTables<'revocations' | 'revocation_feed'>());
  const createdAtMs = Date.now() - 60_000;
  const entry = { reason: 'a bench', madeBy: 'operator', createdAtMs, expiresAtMs: createdAtMs + 86_400_000 };
  for (let written = 0; written < revocations; written += 1000) {
    await store.add(
      Array.from({ length: Math.min(1000, revocations - written) }, (_, number) => {
        const kind = kinds[number % kinds.length] ?? 'session';
        return { ...entry, kind, subject: subjectOf(kind) };
      }),
    );
  }
  const openedAt = performance.now();
  const { scopedAuth: authority } = await openScopedAuth({
    database: database.queries,
    dataFolder,
    kek: undefined,
    formerKek: undefined,
    revocationAgeSecondsMax: undefined,
    clock: systemClock,
    clockLeewaySeconds: 60,
    log: openLog('silent').log,
  });
  return {
    scopedAuth: authority,
    openedMs: performance.now() - openedAt,
    async close() {
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function subjectOf(kind: RevocationKind): string {
  const uuid = randomUUID();
  return kind === 'account' || kind === 'deployment' ? `${kind === 'account' ? 'AC' : 'DP'}${uuid.replaceAll('-', '')}` : uuid;
}

/** Fresh tokens of as many sessions, none of them revoked. */
async function makeTokens({ scopedAuth: authority }: Subject): Promise<readonly string[]> {
  const now = Math.floor(Date.now() / 1000);
  const made = Array.from({ length: tokensPerRound }, () =>
    authority.generate(
      {
        ...account,
        grants: [{ grant: 'chat' }],
        ttl: 1800,
        encrypt: true,
        session: { id: randomUUID(), startedAt: now, generation: 0 },
        refreshableUntil: now + 7200,
        absoluteEnd: now + 86_400,
      },
      context,
    ),
  );
  return (await Promise.all(made)).map(({ token }) => token);
}

/** Microseconds that a validation takes. */
async function measure(subject: Subject): Promise<number> {
  const tokens = await makeTokens(subject);
  const startedAt = performance.now();
  for (const token of tokens) {
    const { authorized } = await subject.scopedAuth.validate({ token, ...account }, context);
    if (!authorized) throw new Error('A token that nobody revoked is refused.');
  }
  return ((performance.now() - startedAt) * 1000) / tokens.length;
}

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const subjects = {
  none: await open(0, revocationKinds),
  'sessions alone': await open(count, ['session']),
  'all five kinds': await open(count, revocationKinds),
};
const named = Object.entries(subjects);
try {
  const measured = new Map(named.map(([name]): [string, number[]] => [name, []]));
  for (let warmUp = 0; warmUp < 10; warmUp += 1) for (const [, subject] of named) await measure(subject);
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first changes from round to round.
    const first = round % named.length;
    for (const [name, subject] of [...named.slice(first), ...named.slice(0, first)]) {
      measured.get(name)?.push(await measure(subject));
    }
  }
  const without = median(measured.get('none') ?? []);
  console.log(`validate, median of ${rounds} rounds of ${tokensPerRound} in turn; ${count} revocations`);
  for (const [name, { openedMs }] of named) {
    const each = median(measured.get(name) ?? []);
    const started = `started in ${openedMs.toFixed(0)} ms`;
    console.log(`${name.padEnd(16)} ${each.toFixed(2)} µs   ratio ${(each / without).toFixed(3)}   ${started}`);
  }
} finally {
  for (const [, subject] of named) await subject.close();
}
