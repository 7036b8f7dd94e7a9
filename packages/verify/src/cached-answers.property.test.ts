// A remembered answer never differs from one that is asked for anew, once the feed was heard: whatever was verified, revoked,
// refreshed or slept through in between, and in whatever order.

import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { codeOf, testbed, visitorIn } from './testing/testbed.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const kinds = ['token', 'session', 'identity', 'deployment', 'account'] as const;
const step = fc.oneof(
  fc.record({ act: fc.constant('verify' as const), which: fc.nat({ max: 7 }) }),
  fc.record({
    act: fc.constant('make' as const),
    of: fc.nat({ max: 7 }),
    encrypt: fc.boolean(),
    ttl: fc.integer({ min: 1, max: 200 }),
  }),
  fc.record({ act: fc.constant('revoke' as const), which: fc.nat({ max: 7 }), kind: fc.constantFrom(...kinds) }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(200, 500, 1000, 4000, 7000, 61_000) }),
  fc.record({ act: fc.constant('set clock' as const), ms: fc.constantFrom(-3_600_000, 3_600_000) }),
);

test('a cached answer never differs from asking anew once the feed was heard', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const bed = await testbed({ answerAgeSecondsMax: 60 });
      const sessions: { id: string; startedAt: number; generation: number }[] = [];
      const identities: string[] = [];
      const tokens: string[] = [];
      const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
      try {
        for (const one of steps) {
          if (one.act === 'make') {
            // A refresh of a session that is there, or a new one.
            const known = one.of % 3 === 0 ? undefined : at(sessions, one.of);
            const session = known ?? {
              id: crypto.randomUUID(),
              startedAt: Math.floor(bed.serviceClock.now() / 1000),
              generation: 0,
            };
            const identity = known === undefined ? crypto.randomUUID() : (identities[sessions.indexOf(known)] ?? '');
            if (known === undefined) {
              sessions.push(session);
              identities.push(identity);
            }
            tokens.push(await bed.token({ session, identity, ttl: one.ttl, encrypt: one.encrypt }));
          } else if (one.act === 'revoke') {
            const token = at(tokens, one.which);
            const verdict = token === undefined ? undefined : await bed.bearer(token, bed.make());
            if (verdict?.authorized === true) await bed.revoke(one.kind, { ...verdict, token: verdict.tokenId }[one.kind]);
          } else if (one.act === 'wait') {
            for (let left = one.ms; left > 0; left -= 100) {
              bed.advance(Math.min(100, left));
              await vi.advanceTimersByTimeAsync(Math.min(100, left));
            }
          } else if (one.act === 'set clock') {
            bed.clock.set(one.ms);
          } else {
            const token = at(tokens, one.which);
            if (token !== undefined) await bed.bearer(token);
          }
        }
        // The feed is heard.
        bed.advance(600);
        await vi.advanceTimersByTimeAsync(600);
        for (const token of tokens) {
          const anew = bed.make();
          expect(codeOf(await bed.bearer(token))).toBe(codeOf(await bed.bearer(token, anew)));
          anew.close();
        }
      } finally {
        bed.verifier.close();
      }
    }),
    { numRuns: 60 },
  );
});

test('the property can fail: an answer that is not followed differs', async () => {
  const bed = await testbed({ pollIntervalMs: 1_000_000, silenceMsMax: Number.POSITIVE_INFINITY });
  const token = await bed.token();
  const visitor = visitorIn(await bed.bearer(token));
  await bed.revoke('session', visitor.session);
  bed.advance(600);
  expect([codeOf(await bed.bearer(token)), codeOf(await bed.bearer(token, bed.make()))]).toEqual(['authorized', 'invalid_token']);
});
