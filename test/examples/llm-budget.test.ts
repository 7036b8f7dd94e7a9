// The budget of examples/llm-proxy by itself: whatever comes at once, and whatever day it is.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBudget, type Reservation } from '../../examples/llm-proxy/budget.ts';

const noon = Date.UTC(2030, 0, 1, 12);
const tokensOf = (given: ReturnType<ReturnType<typeof createBudget>['reserve']>) => {
  if ('shortOf' in given) throw new Error(given.shortOf);
  return given;
};

test('whatever is reserved and settled in whatever order, nobody spends more than a day gives, nor do all together', () => {
  const step = fc.record({
    who: fc.constantFrom('a', 'b', 'c'),
    min: fc.integer({ min: 1, max: 60 }),
    more: fc.nat(60),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    settles: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = createBudget({ perDayOfAll: 200, now: () => noon });
      const spent = new Map<string, number>();
      const open: { who: string; reserved: Reservation; part: number }[] = [];
      const held = (who?: string) =>
        open.filter((one) => who === undefined || one.who === who).reduce((sum, { reserved }) => sum + reserved.tokens, 0);
      const total = () => [...spent.values()].reduce((sum, one) => sum + one, 0);
      for (const { who, min, more, part, settles } of steps) {
        const given = budget.reserve(who, 100, { min, max: min + more });
        const left = Math.min(100 - (spent.get(who) ?? 0) - held(who), 200 - total() - held());
        expect('shortOf' in given).toBe(left < min);
        if (!('shortOf' in given)) {
          expect(given.tokens).toBe(Math.min(min + more, left));
          open.push({ who, reserved: given, part });
        }
        const one = settles ? open.shift() : undefined;
        if (one === undefined) continue;
        const cost = Math.floor(one.reserved.tokens * one.part);
        one.reserved.settle(cost);
        one.reserved.settle(0);
        spent.set(one.who, (spent.get(one.who) ?? 0) + cost);
      }
      expect(Math.max(0, ...spent.values())).toBeLessThanOrEqual(100);
      expect(total()).toBeLessThanOrEqual(200);
    }),
  );
});

test('says when it is worth asking again: soon where others only hold it, at midnight where it is spent', () => {
  const budget = createBudget({ perDayOfAll: 1000, now: () => noon });
  const first = tokensOf(budget.reserve('a', 100, { min: 1, max: 100 }));
  expect(budget.reserve('a', 100, { min: 1, max: 1 })).toEqual({ shortOf: 'own budget', retryAfterSeconds: 5 });
  first.settle(100);
  expect(budget.reserve('a', 100, { min: 1, max: 1 })).toEqual({ shortOf: 'own budget', retryAfterSeconds: 12 * 3600 });
  expect(tokensOf(budget.reserve('b', 100, { min: 1, max: 50 })).tokens).toBe(50);
});

test('a day ends at midnight, UTC; what is under way then is charged to the day on which it began, and a clock set back gives nothing', () => {
  let now = noon;
  const budget = createBudget({ perDayOfAll: 100, now: () => now });
  const late = tokensOf(budget.reserve('a', 100, { min: 1, max: 100 }));
  now += 12 * 3_600_000 - 1;
  expect(budget.reserve('a', 100, { min: 1, max: 1 })).toMatchObject({ shortOf: 'own budget' });
  now += 1;
  const next = tokensOf(budget.reserve('a', 100, { min: 1, max: 60 }));
  late.settle(100);
  next.settle(60);
  now -= 3_600_000;
  expect(tokensOf(budget.reserve('a', 100, { min: 1, max: 100 })).tokens).toBe(40);
});

test('more visitors than are remembered are turned away, and those who are known are not', () => {
  const budget = createBudget({ perDayOfAll: 100, visitorsMax: 1, now: () => noon });
  tokensOf(budget.reserve('a', 10, { min: 1, max: 1 })).settle(1);
  expect(budget.reserve('b', 10, { min: 1, max: 1 })).toMatchObject({ shortOf: 'memory' });
  expect(tokensOf(budget.reserve('a', 10, { min: 1, max: 100 })).tokens).toBe(9);
});
