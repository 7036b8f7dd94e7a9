// Gathered writes: fewer transactions, and each item still hears of its own.

import { expect, test } from 'vitest';
import { gatherWrites } from './gather-writes.ts';

/** A store whose writes end when the test says so. */
function heldWrites() {
  const batches: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const write = (items: readonly number[]) =>
    new Promise<void>((resolve, reject) => {
      batches.push({ items, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { batches, write };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('items that come at once are written together, and those that come meanwhile together after them', async () => {
  const { batches, write } = heldWrites();
  const gathered = gatherWrites(write, 100);
  const done: number[] = [];
  const ask = (item: number) => gathered(item).then(() => void done.push(item));
  const all = [ask(1), ask(2), ask(3)];
  await turn();
  all.push(ask(4), ask(5));
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  expect(done).toEqual([]);
  batches[0]?.end();
  await turn();
  expect(done).toEqual([1, 2, 3]);
  expect(batches.map(({ items }) => items)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  batches[1]?.end();
  await Promise.all(all);
});

test('a failed transaction is the failure of its own items alone', async () => {
  const { batches, write } = heldWrites();
  const gathered = gatherWrites(write, 2);
  const outcomes = Promise.allSettled([gathered(1), gathered(2), gathered(3)]);
  await turn();
  batches[0]?.end(new Error('disk full'));
  await turn();
  batches[1]?.end();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  const next = gathered(4);
  await turn();
  batches[2]?.end();
  await next;
});
