// Generations, case by case. What they promise over whole lives of sessions stands in generations.model.test.ts.

import { expect, test } from 'vitest';
import { type Generations, graceMs, presentAtAccess, presentAtRefresh } from './generations.ts';

const startMs = Date.UTC(2030, 0, 1);

/** A session whose tokens are presented at given seconds after the start; tells the generation of each answer. */
function session() {
  let state: Generations | undefined;
  return {
    refresh(generation: number, second: number): number | 'replayed' {
      const verdict = presentAtRefresh(state, { generation, nowMs: startMs + second * 1000 });
      if (verdict.verdict === 'replayed') return 'replayed';
      state = verdict.state;
      return verdict.generation;
    },
    access(generation: number): void {
      if (state !== undefined) state = presentAtAccess(state, generation);
    },
    state: () => state,
  };
}

test('the current generation is answered with the next', () => {
  const { refresh } = session();
  expect([refresh(0, 0), refresh(1, 1000), refresh(2, 2000)]).toEqual([1, 2, 3]);
});

test('fifty tabs that refresh at once get tokens of one generation', () => {
  const { refresh } = session();
  const answers = Array.from({ length: 50 }, (_, tab) => refresh(0, tab / 10));
  expect(new Set(answers)).toEqual(new Set([1]));
});

test('a generation superseded within 10 s is answered with the current one, however many came since', () => {
  const { refresh } = session();
  expect([refresh(0, 0), refresh(1, 3), refresh(2, 6)]).toEqual([1, 2, 3]);
  expect([refresh(0, 10), refresh(1, 10), refresh(2, 10)]).toEqual([3, 3, 3]);
  expect(refresh(3, 20)).toBe(4);
});

test('an answer within the grace does not lengthen it once the current generation is in use', () => {
  const { refresh, access } = session();
  expect(refresh(0, 0)).toBe(1);
  access(1);
  expect([refresh(0, 9), refresh(0, 10)]).toEqual([1, 1]);
  expect(refresh(0, 10.001)).toBe('replayed');
});

test('while nobody has used the current generation, each try with the one before begins its 10 s anew', () => {
  const { refresh, access } = session();
  // The first answer is lost. Two tabs try again; one hears, and goes on, before the request of the other arrives.
  expect([refresh(0, 0), refresh(0, 6)]).toEqual([1, 1]);
  access(1);
  expect(refresh(0, 11)).toBe(1);
  expect(refresh(0, 16.001)).toBe('replayed');
});

test('of two generations superseded at different times each has its own 10 s', () => {
  const rounds = () => {
    const tabs = session();
    tabs.refresh(0, 0);
    tabs.refresh(1, 8);
    return tabs;
  };
  expect(rounds().refresh(1, 18)).toBe(2);
  expect(rounds().refresh(0, 10)).toBe(2);
  expect(rounds().refresh(0, 11)).toBe('replayed');
});

test('a lost answer is forgiven: the generation before is accepted while the current one was never used', () => {
  const { refresh } = session();
  expect([refresh(0, 0), refresh(0, 60), refresh(2, 120)]).toEqual([1, 2, 3]);
});

test('any number of lost answers in a row is forgiven', () => {
  const { refresh } = session();
  expect([0, 60, 120, 180, 240].map((second) => refresh(0, second))).toEqual([1, 2, 3, 4, 5]);
  expect(refresh(5, 300)).toBe(6);
});

test('tabs that retry at once after a lost answer get tokens of one generation', () => {
  const { refresh } = session();
  expect(refresh(0, 0)).toBe(1);
  expect(Array.from({ length: 50 }, (_, tab) => refresh(0, 60 + tab / 10))).toEqual(Array(50).fill(2));
});

test('a generation that was never used is void once another was made in its place', () => {
  const { refresh } = session();
  expect([refresh(0, 0), refresh(0, 60), refresh(0, 120)]).toEqual([1, 2, 3]);
  expect([refresh(1, 121), refresh(2, 121)]).toEqual(['replayed', 'replayed']);
});

test('the generation before is a replay once the current one was used at an access validation', () => {
  const { refresh, access } = session();
  refresh(0, 0);
  access(1);
  expect(refresh(0, 60)).toBe('replayed');
});

test('the generation before is a replay once the current one was used at a refresh', () => {
  const { refresh } = session();
  refresh(0, 0);
  refresh(1, 60);
  expect(refresh(0, 120)).toBe('replayed');
});

test('an access with another generation than the current one says nothing about it, and changes nothing', () => {
  const { refresh, access, state } = session();
  refresh(0, 0);
  const before = state();
  access(0);
  access(7);
  expect(state()).toBe(before);
  expect(refresh(0, 60)).toBe(2);
});

test('a second access changes nothing: what is noted already need not be written again', () => {
  const { refresh, access, state } = session();
  refresh(0, 0);
  access(1);
  const noted = state();
  access(1);
  expect(state()).toBe(noted);
});

test('a replay is answered without a state: it cannot change one', () => {
  const { refresh, state } = session();
  refresh(0, 0);
  refresh(1, 60);
  const before = state();
  expect(refresh(0, 120)).toBe('replayed');
  expect(state()).toBe(before);
});

test("a lost state is seeded with the token's generation as the current one, and says so", () => {
  const verdict = presentAtRefresh(undefined, { generation: 7, nowMs: startMs });
  expect(verdict).toMatchObject({ verdict: 'accepted', generation: 8, seeded: true });
});

test('the first refresh of a session is no lost state', () => {
  expect(presentAtRefresh(undefined, { generation: 0, nowMs: startMs })).toMatchObject({ generation: 1, seeded: false });
});

test('a generation newer than the state shows that the state is out of date: it is seeded again', () => {
  const known = presentAtRefresh(undefined, { generation: 3, nowMs: startMs });
  if (known.verdict === 'replayed') throw new Error('accepted before');
  const verdict = presentAtRefresh(known.state, { generation: 9, nowMs: startMs });
  expect(verdict).toMatchObject({ verdict: 'accepted', generation: 10, seeded: true });
});

test('a clock set back by a second takes the grace from nobody', () => {
  const { refresh, access } = session();
  refresh(0, 100);
  access(1);
  expect(refresh(0, 99)).toBe(1);
});

test('a clock set back by an hour does not give an hour of grace', () => {
  const { refresh, access } = session();
  refresh(0, 3600);
  access(1);
  expect(refresh(0, 0)).toBe('replayed');
  expect(graceMs).toBe(10_000);
});

test('a flood of refreshes makes the state no larger, and ends nobody', () => {
  const { refresh, state } = session();
  let generation = 0;
  for (let request = 0; request < 1000; request += 1) {
    const answer = refresh(generation, request / 1000);
    if (answer === 'replayed') throw new Error('the current generation is never a replay');
    generation = answer;
  }
  expect(generation).toBe(16);
  expect(state()?.earlier.length).toBe(15);
  expect([refresh(0, 9), refresh(16, 9), refresh(16, 30)]).toEqual([16, 16, 17]);
  expect(state()?.earlier.length).toBe(0);
});
