// The table of cutoffs against a plain map, and what it costs.

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { always, createCutoffTable } from './cutoff-table.ts';
import { readSid, readUuid } from './id-words.ts';

const startMs = Date.UTC(2030, 0, 1);
const dayMs = 86_400_000;
/** Calls that sweep the whole table. */
const wholeSweep = 128;

const words = (uuid: string) => {
  const id = new Int32Array(4);
  readUuid(uuid, id);
  return id;
};

test('a UUID and a sid are read whole, in either case: no two of them look alike', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex');
      const expected = Array.from({ length: 4 }, (_, at) => Buffer.from(bytes).readInt32BE(at * 4));
      const uuid = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
      expect([...words(uuid)]).toEqual(expected);
      expect([...words(uuid.toUpperCase())]).toEqual(expected);
      const id = new Int32Array(4);
      readSid(`AC${hex}`, id);
      expect([...id]).toEqual(expected);
    }),
  );
});

test('it answers like a map, whatever is added, repeated and forgotten', () => {
  const uuids = Array.from({ length: 40 }, () => randomUUID());
  const step = fc.record({
    kind: fc.constantFrom('set', 'set', 'set', 'sweep'),
    which: fc.nat({ max: 39 }),
    cutoff: fc.integer({ min: 0, max: always }),
    days: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const table = createCutoffTable();
      const model = new Map<string, { cutoff: number; expiresAtMs: number }>();
      for (const { kind, which, cutoff, days } of steps) {
        const atMs = startMs + days * dayMs;
        const uuid = uuids[which] ?? '';
        if (kind === 'set') {
          const known = model.get(uuid);
          table.set(words(uuid), cutoff, atMs);
          model.set(uuid, {
            cutoff: Math.max(cutoff, known?.cutoff ?? 0),
            expiresAtMs: Math.max(atMs, known?.expiresAtMs ?? 0),
          });
        } else {
          for (let call = 0; call < wholeSweep; call += 1) table.sweep(atMs + 60_000);
          for (const [id, { expiresAtMs }] of model) if (expiresAtMs <= atMs) model.delete(id);
        }
      }
      expect(table.size).toBe(model.size);
      for (const uuid of uuids) expect(table.cutoffOf(words(uuid))).toBe(model.get(uuid)?.cutoff ?? -1);
    }),
    { numRuns: 200 },
  );
});

test('a hundred thousand ids are all found, and a hundred thousand others are not', () => {
  const table = createCutoffTable();
  const ids = Array.from({ length: 100_000 }, () => words(randomUUID()));
  for (const [at, id] of ids.entries()) table.set(id, at, startMs + dayMs);
  expect(table.size).toBe(100_000);
  for (const [at, id] of ids.entries()) if (table.cutoffOf(id) !== at) throw new Error(`the id ${at} is lost`);
  const strangers = Array.from({ length: 100_000 }, () => words(randomUUID()));
  expect(strangers.filter((id) => table.cutoffOf(id) !== -1)).toEqual([]);
});

test('ids that are numbered one by one are found as well, and cost no more room', () => {
  const table = createCutoffTable();
  const sids = Array.from({ length: 20_000 }, (_, number) => `AC${number.toString(16).padStart(32, '0')}`);
  const id = new Int32Array(4);
  for (const [at, sid] of sids.entries()) {
    readSid(sid, id);
    table.set(id, at, startMs + dayMs);
  }
  for (const [at, sid] of sids.entries()) {
    readSid(sid, id);
    if (table.cutoffOf(id) !== at) throw new Error(`${sid} is lost`);
  }
  expect(table.bytes / table.size).toBeLessThan(60);
});

test('what has expired gives its memory back, piece by piece, and the rest stays', () => {
  const table = createCutoffTable();
  const [short, long] = [1, 3].map((days) =>
    Array.from({ length: 20_000 }, () => {
      const id = words(randomUUID());
      table.set(id, always, startMs + days * dayMs);
      return id;
    }),
  );
  const bytesBefore = table.bytes;
  const atMs = startMs + 2 * dayMs;
  table.sweep(atMs);
  // One call touches one piece of 128.
  expect(table.size).toBeGreaterThan(39_500);
  for (let call = 1; call < wholeSweep; call += 1) table.sweep(atMs);
  expect(table.size).toBe(20_000);
  expect(table.bytes).toBeLessThan(bytesBefore * 0.7);
  expect(long?.every((id) => table.cutoffOf(id) === always)).toBe(true);
  expect(short?.some((id) => table.cutoffOf(id) !== -1)).toBe(false);
  for (let call = 0; call < wholeSweep; call += 1) table.sweep(startMs + 4 * dayMs);
  expect([table.size, table.bytes]).toEqual([0, 0]);
});

test('an entry is kept to its last millisecond', () => {
  const table = createCutoffTable();
  const id = words(randomUUID());
  table.set(id, always, startMs + 90_001);
  for (let call = 0; call < wholeSweep; call += 1) table.sweep(startMs + 90_001);
  expect(table.cutoffOf(id)).toBe(always);
  for (let call = 0; call < wholeSweep; call += 1) table.sweep(startMs + 180_000);
  expect(table.cutoffOf(id)).toBe(-1);
});
