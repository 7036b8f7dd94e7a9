// Credentials of backends: good for what they were made for, for as long as an operator wants, and kept nowhere.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { recordedLog } from '../../platform/testing/recorded-log.ts';
import { fakeClock } from '../testing/fixtures.ts';
import { memoryBackendStore } from '../testing/memory-backend-store.ts';
import { credentialIn } from './backend-credential.ts';
import { openBackends } from './open-backends.ts';
import { operateBackends } from './operate-backends.ts';

const context = { requestId: 'test' };
const accounts = [`AC${'1'.repeat(32)}`, `AC${'2'.repeat(32)}`];
const day = 24 * 60 * 60;

async function setUp() {
  const clock = fakeClock();
  const store = memoryBackendStore();
  const { log, lines } = recordedLog();
  const backends = await openBackends({ store, clock, log });
  const operations = operateBackends({ store, clock, randomBytes, backends });
  const create = () => operations.createBackend({ name: 'chat', accounts }, context);
  const rotate = async (id: string) => {
    const answer = await operations.rotateBackend({ id }, context);
    if (!answer.rotated) throw new Error(answer.why);
    return answer;
  };
  return { clock, store, log, lines, backends, operations, create, rotate };
}

test('a credential is good at once, for the accounts that were named, and nothing that is kept leads back to it', async () => {
  const { store, backends, operations, create } = await setUp();
  const { backend, credential } = await create();
  expect(credential).toMatch(/^gwb_[0-9a-f]{16}_[\w-]{43}$/);
  expect(backends.verify(credential)).toEqual({ id: backend.id, accounts });
  const kept = JSON.stringify([await store.list(), await operations.listBackends({}, context)]);
  expect(kept).not.toContain(credential.slice(-43));
  expect((await operations.listBackends({}, context)).backends).toEqual([
    {
      ...{ id: backend.id, name: 'chat', accounts },
      createdAt: '2030-01-01T00:00:00.000Z',
      ...{ rotatedAt: null, formerUntil: null, revokedAt: null },
    },
  ]);
  expect((await create()).credential).not.toBe(credential);
});

test('what is not quite a credential is none', async () => {
  const { backends, create } = await setUp();
  const { backend, credential } = await create();
  const other = (await create()).credential;
  const wrong = [
    ...[undefined, '', 'gwb_', credential.slice(0, -1), `${credential}A`, ` ${credential}`, credential.toUpperCase()],
    `gwb_${backend.id}_${other.slice(-43)}`,
    `gwb_${backend.id}_${'A'.repeat(43)}`,
    credential.replace(backend.id, '0'.repeat(16)),
  ];
  for (const text of wrong) expect([text, backends.verify(text)]).toEqual([text, undefined]);
});

test('the former credential counts for a day after a rotation, and one before that no longer', async () => {
  const { clock, backends, create, rotate } = await setUp();
  const { backend, credential: first } = await create();
  const { credential: second, formerUntil } = await rotate(backend.id);
  expect(formerUntil).toBe('2030-01-02T00:00:00.000Z');
  clock.advanceSeconds(day - 1);
  expect([first, second].map((each) => backends.verify(each)?.id)).toEqual([backend.id, backend.id]);
  clock.advanceSeconds(1);
  expect([first, second].map((each) => backends.verify(each)?.id)).toEqual([undefined, backend.id]);
  const { credential: third } = await rotate(backend.id);
  const { credential: fourth } = await rotate(backend.id);
  const found = [second, third, fourth].map((each) => backends.verify(each)?.id);
  expect(found).toEqual([undefined, backend.id, backend.id]);
});

test('a revocation ends both credentials at once and for good, and what cannot be done is said', async () => {
  const { store, backends, operations, create, rotate } = await setUp();
  const { backend, credential: first } = await create();
  const { credential: second } = await rotate(backend.id);
  const bystander = await create();
  const { id } = backend;
  expect(await operations.revokeBackend({ id }, context)).toEqual({ revoked: true });
  expect([first, second].map((each) => backends.verify(each))).toEqual([undefined, undefined]);
  expect(backends.verify(bystander.credential)?.id).toBe(bystander.backend.id);
  expect(await operations.revokeBackend({ id }, context)).toEqual({ revoked: false, why: 'already_revoked' });
  expect(await operations.rotateBackend({ id }, context)).toEqual({ rotated: false, why: 'revoked' });
  expect(await operations.revokeBackend({ id: 'none' }, context)).toEqual({ revoked: false, why: 'unknown' });
  expect(await operations.rotateBackend({ id: 'none' }, context)).toEqual({ rotated: false, why: 'unknown' });
  expect((await store.list())[0]).toMatchObject({ hash: '', formerHash: '', formerUntilMs: null });
});

test('a name that would upset a terminal is refused, and nothing is made', async () => {
  const { operations } = await setUp();
  await expect(operations.createBackend({ name: 'red \u001b[31m', accounts }, context)).rejects.toThrow(/printable/);
  expect((await operations.listBackends({}, context)).backends).toEqual([]);
});

test('another node hears of it when it follows; while the store is away it goes by what it knows', async () => {
  const { clock, store, lines, log, operations, create } = await setUp();
  let away = false;
  const list = () => (away ? Promise.reject(new Error('away')) : store.list());
  const other = await openBackends({ store: { list }, clock, log });
  const { backend, credential } = await create();
  expect(other.verify(credential)).toBeUndefined();
  await other.follow();
  expect(other.verify(credential)?.id).toBe(backend.id);
  away = true;
  await operations.revokeBackend({ id: backend.id }, context);
  await other.follow();
  await other.follow();
  expect(other.verify(credential)?.id).toBe(backend.id);
  away = false;
  await other.follow();
  expect(other.verify(credential)).toBeUndefined();
  expect(lines.map(({ msg }) => msg)).toEqual(['backends cannot be heard', 'backends are heard again']);
});

test('an answer of the store that comes late undoes nothing', async () => {
  const { clock, store, log, operations, create } = await setUp();
  const { backend, credential } = await create();
  const answers: (() => void)[] = [];
  let holds = false;
  const list = async () => {
    const found = await store.list();
    if (holds) await new Promise<void>((resolve) => answers.push(resolve));
    return found;
  };
  const slow = await openBackends({ store: { list }, clock, log });
  holds = true;
  const late = slow.follow();
  await expect.poll(() => answers.length).toBe(1);
  holds = false;
  await operations.revokeBackend({ id: backend.id }, context);
  await slow.follow();
  answers[0]?.();
  await late;
  expect(slow.verify(credential)).toBeUndefined();
});

test('the scheme is Bearer, in any case, and no other', () => {
  expect(['Bearer x', 'bearer x', 'BEARER x'].map(credentialIn)).toEqual(['x', 'x', 'x']);
  expect([undefined, '', 'Bearer', 'Basic x', 'x'].map(credentialIn)).toEqual([...Array(5)]);
});

test('what counted on a connection opens it for that credential alone, and no longer than the credential counts', async () => {
  const { clock, backends, operations, create, rotate } = await setUp();
  const { backend, credential: first } = await create();
  const bystander = await create();
  const connection = {};
  const shown = (...credentials: readonly string[]) => credentials.map((each) => backends.verify(each, connection)?.id);
  const { id } = backend;
  const altered = `${first.slice(0, -1)}${first.endsWith('A') ? 'E' : 'A'}`;
  expect(shown(first, first, altered, bystander.credential, first)).toEqual([id, id, undefined, bystander.backend.id, id]);

  const { credential: second } = await rotate(id);
  clock.advanceSeconds(day - 1);
  expect(shown(first)).toEqual([id]);
  clock.advanceSeconds(1);
  expect(shown(first, second, first)).toEqual([undefined, id, undefined]);
  await operations.revokeBackend({ id }, context);
  expect(shown(second, first, bystander.credential)).toEqual([undefined, undefined, bystander.backend.id]);
});
