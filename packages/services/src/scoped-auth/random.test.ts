// Random bytes are given out once.

import { expect, test } from 'vitest';
import { pooledRandomBytes } from './random.ts';

test('bytes given out stay as they are, and no two draws are equal, over many pools', () => {
  const randomBytes = pooledRandomBytes();
  const draws = Array.from({ length: 5000 }, () => {
    const bytes = randomBytes(12);
    return { bytes, text: bytes.toString('hex') };
  });
  expect(new Set(draws.map(({ text }) => text)).size).toBe(5000);
  for (const { bytes, text } of draws) expect(bytes.toString('hex')).toBe(text);
});

test('draws never overlap, whatever their lengths', () => {
  const randomBytes = pooledRandomBytes();
  const draws = [12, 5000, 12, 8000, 1, 20_000, 12].map((byteCount) => randomBytes(byteCount));
  expect(draws.map(({ length }) => length)).toEqual([12, 5000, 12, 8000, 1, 20_000, 12]);
  for (const [at, draw] of draws.entries()) {
    for (const other of draws.slice(at + 1)) {
      const apart = draw.byteOffset + draw.length <= other.byteOffset || other.byteOffset + other.length <= draw.byteOffset;
      expect(draw.buffer !== other.buffer || apart).toBe(true);
    }
  }
});
