// Generations over whole lives of sessions: an honest browser with many tabs on a bad network never loses its session,
// and a thief with a superseded token ends it. The network decides by chance what arrives, when and in which order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Generations, graceMs, presentAtAccess, presentAtRefresh } from './generations.ts';

const startMs = Date.UTC(2030, 0, 1);

/** When a client gives up on a request, in milliseconds: half the grace, as a request and an answer can both be late. */
const timeoutMs = graceMs / 2;

/** What a tab does, and what the network makes of it. */
interface Action {
  readonly kind: 'refresh' | 'access';
  /** Milliseconds since the action before. */
  readonly afterMs: number;
  /** How long the request takes to arrive, and then the answer to come back, as parts of the time-out. */
  readonly there: number;
  readonly back: number;
  readonly lost: 'nothing' | 'request' | 'answer';
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('refresh', 'refresh', 'access'),
  afterMs: fc.oneof(
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 3000 }),
    fc.integer({ min: 0, max: 15_000 }),
    fc.integer({ min: 0, max: 1_800_000 }),
  ),
  there: fc.double({ min: 0, max: 1, noNaN: true }),
  back: fc.double({ min: 0, max: 1, noNaN: true }),
  lost: fc.constantFrom('nothing', 'nothing', 'nothing', 'request', 'answer', 'answer'),
});

/** Runs what is due in the order of its time. */
function timeline() {
  const due: { readonly atMs: number; readonly run: () => void }[] = [];
  return {
    at: (atMs: number, run: () => void) => void due.push({ atMs, run }),
    run() {
      while (due.length > 0) {
        const next = due.reduce((first, one) => (one.atMs < first.atMs ? one : first));
        due.splice(due.indexOf(next), 1);
        next.run();
      }
    },
  };
}

test('an honest client never loses its session, whatever is lost, late or at once', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 60 }), (actions) => {
      const { at, run } = timeline();
      let state: Generations | undefined;
      // What all tabs share: the stored token.
      let stored = { generation: 0, issuedAtMs: startMs - 1 };

      let nowMs = startMs;
      for (const { kind, afterMs, there, back, lost } of actions) {
        nowMs += afterMs;
        const sentAtMs = nowMs;
        const arrivesAtMs = sentAtMs + there * timeoutMs;
        const returnsAtMs = arrivesAtMs + back * (sentAtMs + timeoutMs - arrivesAtMs);
        at(sentAtMs, () => {
          const { generation } = stored;
          if (lost === 'request') return;
          at(arrivesAtMs, () => {
            if (kind === 'access') {
              if (state !== undefined) state = presentAtAccess(state, generation);
              return;
            }
            const verdict = presentAtRefresh(state, { generation, nowMs: arrivesAtMs });
            if (verdict.verdict === 'replayed') throw new Error('an honest client was taken for a thief');
            expect(verdict.seeded).toBe(false);
            state = verdict.state;
            if (lost === 'answer') return;
            at(returnsAtMs, () => {
              if (arrivesAtMs > stored.issuedAtMs) stored = { generation: verdict.generation, issuedAtMs: arrivesAtMs };
            });
          });
        });
      }
      run();
    }),
    { numRuns: 3000 },
  );
});

test('a client with one request at a time survives every loss of state, and each is counted', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 60_000 }),
    answerLost: fc.boolean(),
    used: fc.boolean(),
    stateLost: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let state: Generations | undefined;
      let held = 0;
      let nowMs = startMs;
      for (const { afterMs, answerLost, used, stateLost } of steps) {
        if (stateLost) state = undefined;
        const unknown = state === undefined;
        nowMs += afterMs;
        const verdict = presentAtRefresh(state, { generation: held, nowMs });
        if (verdict.verdict === 'replayed') throw new Error('an honest client was taken for a thief');
        expect(verdict.seeded).toBe(unknown && held > 0);
        state = verdict.state;
        if (!answerLost) held = verdict.generation;
        if (used) state = presentAtAccess(state, held);
      }
    }),
    { numRuns: 3000 },
  );
});

/** An honest client that has gone on for a while, with the state that the service has of it. */
const honestLife = fc
  .array(fc.record({ afterMs: fc.integer({ min: 0, max: 1_800_000 }), used: fc.boolean(), answerLost: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((steps) => {
    let state: Generations | undefined;
    const held = [{ generation: 0, supersededAtMs: Number.POSITIVE_INFINITY }];
    let nowMs = startMs;
    for (const { afterMs, used, answerLost } of steps) {
      nowMs += afterMs;
      const last = held[held.length - 1];
      if (last === undefined) throw new Error('it always holds a token');
      const verdict = presentAtRefresh(state, { generation: last.generation, nowMs });
      if (verdict.verdict === 'replayed') throw new Error('an honest client was taken for a thief');
      state = verdict.state;
      if (answerLost) continue;
      last.supersededAtMs = nowMs;
      held.push({ generation: verdict.generation, supersededAtMs: Number.POSITIVE_INFINITY });
      if (used) state = presentAtAccess(state, verdict.generation);
    }
    return { state, held, nowMs };
  });

test("a token superseded longer ago than the grace ends the session, at the honest client's next refresh at the latest", () => {
  const theft = fc.record({
    stolen: fc.nat(),
    afterMs: fc.integer({ min: graceMs + 1, max: 3_600_000 }),
    /** What the thief does with what he gets before the honest client comes back. */
    goesOn: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 20 }),
    honestAfterMs: fc.integer({ min: 0, max: 3_600_000 }),
  });
  let endedAtOnce = 0;
  fc.assert(
    fc.property(honestLife, theft, ({ state: before, held, nowMs: lastMs }, { stolen, afterMs, goesOn, honestAfterMs }) => {
      const own = held[held.length - 1];
      const superseded = held.slice(0, -1);
      const old = superseded[stolen % Math.max(1, superseded.length)];
      if (own === undefined || old === undefined) return;
      let nowMs = lastMs + afterMs;
      const first = presentAtRefresh(before, { generation: old.generation, nowMs });
      expect(first.verdict === 'replayed').toBe(before?.used === true || before?.previous.generation !== old.generation);
      if (first.verdict === 'replayed') {
        endedAtOnce += 1;
        return;
      }
      let { state, generation } = first;
      for (const pauseMs of goesOn) {
        nowMs += pauseMs;
        const next = presentAtRefresh(presentAtAccess(state, generation), { generation, nowMs });
        if (next.verdict === 'replayed') return;
        ({ state, generation } = next);
      }
      nowMs += honestAfterMs;
      expect(presentAtRefresh(state, { generation: own.generation, nowMs }).verdict).toBe('replayed');
    }),
    { numRuns: 5000 },
  );
  expect(endedAtOnce).toBeGreaterThan(0);
});

test('once a thief and an honest client refresh apart, the session ends within one more refresh of each', () => {
  const turn = fc.record({
    thiefFirst: fc.boolean(),
    apartMs: fc.integer({ min: graceMs + 1, max: 1_800_000 }),
    used: fc.boolean(),
  });
  fc.assert(
    fc.property(honestLife, turn, ({ state, held, nowMs }, { thiefFirst, apartMs, used }) => {
      const own = held[held.length - 1];
      if (own === undefined) return;
      // Both hold the current token; which of the two is the thief, nobody can tell. The session must end for both.
      const holders = { thief: own.generation, honest: own.generation };
      const order = thiefFirst ? (['thief', 'honest'] as const) : (['honest', 'thief'] as const);
      let known = state;
      let atMs = nowMs + graceMs + 1;
      for (const who of [...order, ...order]) {
        const verdict = presentAtRefresh(known, { generation: holders[who], nowMs: atMs });
        if (verdict.verdict === 'replayed') return;
        holders[who] = verdict.generation;
        known = used ? presentAtAccess(verdict.state, verdict.generation) : verdict.state;
        atMs += apartMs;
      }
      throw new Error('the theft was not noticed');
    }),
    { numRuns: 3000 },
  );
});
