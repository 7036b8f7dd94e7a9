// What is remembered of encrypted tokens: never for longer, and never more, than is promised.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryRevocationStore } from '../../services/src/scoped-auth/testing/memory-revocation-store.ts';
import { codeOf, testbed, visitorIn } from './testing/testbed.ts';

const introspectPath = '/v1/ScopedAuthTokens/introspect';
const feedPath = '/v1/Revocations';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Half a second passes, and the feed is asked if it is followed. */
async function pollOnce({ advance }: { advance(ms: number): void }): Promise<void> {
  advance(500);
  await vi.advanceTimersByTimeAsync(500);
}

describe('an answer', () => {
  test('serves until its time is over, while the feed is heard; then the token is asked about again', async () => {
    const bed = await testbed({ answerAgeSecondsMax: 60 });
    const token = await bed.token();
    for (let poll = 0; poll < 118; poll += 1) {
      expect(codeOf(await bed.bearer(token))).toBe('authorized');
      await pollOnce(bed);
    }
    expect(bed.callsTo(introspectPath)).toBe(1);
    for (let poll = 0; poll < 4; poll += 1) {
      await pollOnce(bed);
      await bed.bearer(token);
    }
    expect(bed.callsTo(introspectPath)).toBe(2);
  });

  test('never outlives the token: at its end it is asked about, whatever is remembered', async () => {
    const bed = await testbed();
    const token = await bed.token({ ttl: 30 });
    await bed.bearer(token);
    for (let poll = 0; poll < 59; poll += 1) await pollOnce(bed);
    await bed.bearer(token);
    expect(bed.callsTo(introspectPath)).toBe(1);
    for (let poll = 0; poll < 2; poll += 1) await pollOnce(bed);
    await bed.bearer(token);
    expect(bed.callsTo(introspectPath)).toBe(2);
  });

  test('of one token is asked for once, however many ask at once', async () => {
    const bed = await testbed();
    const token = await bed.token();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => bed.bearer(token)));
    expect(new Set(verdicts.map(codeOf))).toEqual(new Set(['authorized']));
    expect(bed.callsTo(introspectPath)).toBe(1);
  });

  test('that a token does not count is not remembered', async () => {
    const bed = await testbed();
    const forged = `${(await bed.token()).slice(0, -4)}AAAA`;
    for (let count = 0; count < 3; count += 1) expect(codeOf(await bed.bearer(forged))).toBe('invalid_token');
    expect(bed.callsTo(introspectPath)).toBe(3);
  });

  test('gives way to newer ones: no more are kept than there may be, by number and by size', async () => {
    for (const bounds of [{ answersMax: 10 }, { answerBytesMax: 10 * 1600 }]) {
      const bed = await testbed(bounds);
      const tokens: string[] = [];
      for (let count = 0; count < 30; count += 1) tokens.push(await bed.token());
      for (const token of tokens) await bed.bearer(token);
      for (const token of tokens.slice(-10)) await bed.bearer(token);
      expect(bed.callsTo(introspectPath)).toBe(30);
      await bed.bearer(tokens[0] ?? '');
      expect(bed.callsTo(introspectPath)).toBe(31);
    }
  });

  test('that was on its way while its session was revoked lets nobody in', async () => {
    const bed = await testbed();
    const watched = visitorIn(await bed.bearer(await bed.token()));
    bed.verifier.onRevoked(watched, () => undefined);
    const session = { id: crypto.randomUUID(), startedAt: 1_893_456_000, generation: 0 };
    const token = await bed.token({ session });
    // The service has answered, and the answer hangs; meanwhile the session is revoked, and the feed says so.
    const gate = Promise.withResolvers<void>();
    bed.state.before = async (path) => (path === introspectPath ? gate.promise : undefined);
    const verdict = bed.bearer(token);
    await vi.advanceTimersByTimeAsync(0);
    await bed.revoke('session', session.id);
    await pollOnce(bed);
    gate.resolve();
    expect(codeOf(await verdict)).toBe('invalid_token');
    expect(codeOf(await bed.bearer(token))).toBe('invalid_token');
  });
});

describe('the feed', () => {
  test('is asked only while there is something to follow', async () => {
    const bed = await testbed({ answerAgeSecondsMax: 10 });
    for (let poll = 0; poll < 10; poll += 1) await pollOnce(bed);
    expect(bed.calls).toEqual([]);
    await bed.bearer(await bed.token());
    for (let poll = 0; poll < 100; poll += 1) await pollOnce(bed);
    expect(bed.callsTo(feedPath)).toBe(20);
  });

  test('is asked as long as somebody watches, and not after', async () => {
    const bed = await testbed({ answerAgeSecondsMax: 10 });
    const stop = bed.verifier.onRevoked(visitorIn(await bed.bearer(await bed.token())), () => undefined);
    for (let poll = 0; poll < 100; poll += 1) await pollOnce(bed);
    expect(bed.callsTo(feedPath)).toBe(100);
    stop();
    for (let poll = 0; poll < 10; poll += 1) await pollOnce(bed);
    expect(bed.callsTo(feedPath)).toBeLessThanOrEqual(101);
  });

  test('is not asked any more once the verifier is closed', async () => {
    const bed = await testbed();
    const told: string[] = [];
    const visitor = visitorIn(await bed.bearer(await bed.token()));
    bed.verifier.onRevoked(visitor, () => told.push('revoked'));
    bed.verifier.close();
    await bed.revoke('session', visitor.session);
    for (let poll = 0; poll < 10; poll += 1) await pollOnce(bed);
    expect([bed.callsTo(feedPath), told]).toEqual([0, []]);
  });

  test.each([true, false])(
    'is heard for a token that comes while the verifier closes, if need be (encrypted: %s)',
    async (encrypt) => {
      const bed = await testbed();
      const token = await bed.token({ encrypt });
      const { session } = visitorIn(await bed.bearer(token));
      bed.verifier.close();
      await bed.revoke('session', session);
      bed.advance(6000);
      expect(codeOf(await bed.bearer(token))).toBe('invalid_token');
    },
  );

  test('is read to its end at once where there is more, and tells a watcher once', async () => {
    const bed = await testbed();
    const visitor = visitorIn(await bed.bearer(await bed.token()));
    const told: string[] = [];
    bed.verifier.onRevoked(visitor, () => told.push('revoked'));
    for (let count = 0; count < 1200; count += 1) await bed.revoke('token', crypto.randomUUID());
    await bed.revoke('session', visitor.session);
    await bed.revoke('identity', visitor.identity);
    await pollOnce(bed);
    expect([bed.callsTo(feedPath), told]).toEqual([3, ['revoked']]);
  });

  test('tells who begins to watch after the visitor was revoked as well', async () => {
    const bed = await testbed();
    const visitor = visitorIn(await bed.bearer(await bed.token()));
    await bed.revoke('session', visitor.session);
    await pollOnce(bed);
    const told: string[] = [];
    bed.verifier.onRevoked(visitor, () => told.push('one'));
    bed.verifier.onRevoked(visitor, () => told.push('other'))();
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['one']);
  });

  test('a watcher that throws keeps nobody else from being told', async () => {
    const bed = await testbed();
    const visitor = visitorIn(await bed.bearer(await bed.token()));
    const told: string[] = [];
    bed.verifier.onRevoked(visitor, () => {
      throw new Error('a fault of the listener');
    });
    bed.verifier.onRevoked(visitor, () => told.push('revoked'));
    await bed.revoke('session', visitor.session);
    await pollOnce(bed);
    expect(told).toEqual(['revoked']);
    expect(String(bed.problems)).toContain('a fault of the listener');
  });

  test('silent for too long, it is heard before an answer serves; where it cannot be, the token is asked about', async () => {
    const bed = await testbed({ silenceMsMax: 5000 });
    const token = await bed.token();
    const visitor = visitorIn(await bed.bearer(token));
    // The timers of this process stood still, and the session is revoked.
    bed.advance(6000);
    await bed.revoke('session', visitor.session);
    expect(codeOf(await bed.bearer(token))).toBe('invalid_token');

    const other = await bed.token();
    await bed.bearer(other);
    bed.advance(6000);
    const asked = bed.callsTo(introspectPath);
    bed.state.before = async (path) => {
      if (path === feedPath) throw new TypeError('the feed is away');
    };
    expect(codeOf(await bed.bearer(other))).toBe('authorized');
    expect(bed.callsTo(introspectPath)).toBe(asked + 1);
    bed.state.away = true;
    bed.advance(6000);
    expect(codeOf(await bed.bearer(other))).toBe('upstream_unavailable');
    bed.state.away = false;
    bed.state.before = async () => undefined;
    expect(codeOf(await bed.bearer(other))).toBe('authorized');
  });

  test('while the service is away for a moment, answers go on serving, and a live visitor stays alive', async () => {
    const bed = await testbed({ silenceMsMax: 5000 });
    const token = await bed.token();
    const visitor = visitorIn(await bed.bearer(token));
    await pollOnce(bed);
    bed.state.away = true;
    for (let poll = 0; poll < 9; poll += 1) {
      await pollOnce(bed);
      expect(codeOf(await bed.bearer(token))).toBe('authorized');
    }
    for (let poll = 0; poll < 9; poll += 1) await pollOnce(bed);
    expect(codeOf(await bed.bearer(token))).toBe('upstream_unavailable');
    expect(bed.verifier.isAlive(visitor)).toBe(true);
  });

  test('that begins anew, as after a restored backup, makes all answers be asked for again; the dead stay dead', async () => {
    const bed = await testbed();
    const [kept, dead] = [await bed.token(), await bed.token()];
    const visitor = visitorIn(await bed.bearer(kept));
    const deadVisitor = visitorIn(await bed.bearer(dead));
    for (let count = 0; count < 5; count += 1) await bed.revoke('token', crypto.randomUUID());
    await bed.revoke('session', deadVisitor.session);
    await pollOnce(bed);
    await bed.bearer(kept);
    expect(bed.callsTo(introspectPath)).toBe(2);

    await bed.restore(memoryRevocationStore());
    await pollOnce(bed);
    expect(codeOf(await bed.bearer(kept))).toBe('authorized');
    expect(bed.callsTo(introspectPath)).toBe(3);
    expect(codeOf(await bed.bearer(dead))).toBe('invalid_token');
    // What is revoked from now on has sequences that were heard before.
    await bed.revoke('session', visitor.session);
    await pollOnce(bed);
    expect(codeOf(await bed.bearer(kept))).toBe('invalid_token');
  });

  test('of more revocations than there is room for: nothing that was remembered counts, signed tokens are asked about', async () => {
    const bed = await testbed({ revocationsMax: 100 });
    const [signed, encrypted] = [await bed.token({ encrypt: false }), await bed.token()];
    const unwatched = visitorIn(await bed.bearer(signed));
    const watched = visitorIn(await bed.bearer(encrypted));
    bed.verifier.onRevoked(watched, () => undefined);
    const dead = await bed.token({ encrypt: false });
    await bed.revoke('session', visitorIn(await bed.bearer(dead)).session);
    for (let count = 0; count < 150; count += 1) await bed.revoke('token', crypto.randomUUID());
    await pollOnce(bed);
    expect([bed.verifier.isAlive(unwatched), bed.verifier.isAlive(watched)]).toEqual([false, true]);
    expect(bed.callsTo(introspectPath)).toBe(1);
    for (const [token, code] of [
      [signed, 'authorized'],
      [encrypted, 'authorized'],
      [dead, 'invalid_token'],
    ] as const) {
      expect(codeOf(await bed.bearer(token))).toBe(code);
    }
    expect(bed.callsTo(introspectPath)).toBe(4);
    await bed.revoke('session', watched.session);
    await pollOnce(bed);
    expect(bed.verifier.isAlive(watched)).toBe(false);
  });

  test('that says there is more and never goes on is not asked without end', async () => {
    const bed = await testbed();
    const page = { revocations: [], next: '7', more: true, asOf: new Date(bed.clock.now()).toISOString(), accounts: [] };
    let asked = 0;
    const fetch = async (input: string | URL | Request) => {
      asked += 1;
      return String(input).includes(feedPath) ? Response.json(page) : Response.json({ keys: bed.keyRing.publishedKeys().keys });
    };
    const verifier = bed.make({ fetch });
    expect(codeOf(await bed.bearer(await bed.token({ encrypt: false }), verifier))).toBe('upstream_unavailable');
    expect(asked).toBe(3);
  });

  test.each([
    ['no list', { revocations: {} }],
    ['a next that is no number', { next: 'x' }],
    [
      'a kind that this version does not know',
      { revocations: [{ kind: 'planet', subject: 'x', cutoff: null, expiresAt: '2030-01-01T00:00:00Z' }] },
    ],
    ['no accounts', { accounts: undefined }],
    ['an endless answer', { padding: 'x'.repeat(1_100_000) }],
  ])('with %s is not believed', async (_name, changes) => {
    const bed = await testbed();
    const page = {
      revocations: [],
      next: '0',
      more: false,
      asOf: new Date(bed.clock.now()).toISOString(),
      accounts: [],
      ...changes,
    };
    const verifier = bed.make({
      fetch: async (input) => Response.json(String(input).includes(feedPath) ? page : { keys: bed.keyRing.publishedKeys().keys }),
    });
    expect(codeOf(await bed.bearer(await bed.token({ encrypt: false }), verifier))).toBe('upstream_unavailable');
    expect(String(bed.problems[0])).toContain('ServiceProblem');
  });
});
