// 100 rotations of three nodes that make and read tokens all the while: not one is refused.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { rotateKeys } from '../operate-keys.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek } from '../testing/fixtures.ts';
import { readToken } from '../token/read-token.ts';
import { seal } from '../token/seal.ts';
import { sign } from '../token/sign.ts';
import { openKeyRing } from './key-ring.ts';

const policy = { publishedSecondsMin: 20, tokenLifeSecondsMax: 60 };
const rotations = 100;
// How often each node hears the store, and by how much its clock is wrong.
const nodes = [
  { followSeconds: 1, offsetSeconds: 0 },
  { followSeconds: 4, offsetSeconds: 3 },
  { followSeconds: 9, offsetSeconds: -3 },
];

test('100 rotations under load fail no request', async () => {
  const clock = fakeClock();
  const store = memoryRootKeyStore();
  const kek = testKek();
  const rings = await Promise.all(
    nodes.map(async ({ followSeconds, offsetSeconds }) => {
      const ownClock = { now: () => clock.now() + offsetSeconds * 1000 };
      const ring = await openKeyRing({ store, kek, clock: ownClock, policy, limits: { usesMax: 50 } });
      return { ring, followSeconds, operator: { store, kek, clock: ownClock, policy, keyRing: ring } };
    }),
  );
  let made = 0;
  let opened = 0;
  const failures: string[] = [];
  const living: { token: string; madeAtSeconds: number }[] = [];
  const roots = new Set<string>();

  const read = (token: string, when: string): void => {
    for (const [at, { ring }] of rings.entries()) {
      const isOpen = readToken(token, ring) !== undefined;
      opened += 1;
      if (!isOpen) failures.push(`node ${at}, ${when}: ${token.slice(0, 100)}`);
    }
  };

  let rotated = 0;
  let rotatedAtSeconds = 0;
  for (let second = 0; rotated < rotations || living.length > 0; second += 1) {
    for (const { ring, followSeconds } of rings) {
      if (second % followSeconds === 0) {
        await ring.follow();
        await ring.tend();
      }
    }
    // Each node is asked in turn, with 20 s and a bit between: the successor of a rotation is ripe for the next one.
    const operator = rings[rotated % rings.length]?.operator;
    if (second % 28 === 27 && rotated < rotations && operator !== undefined) {
      await rotateKeys(operator);
      rotated += 1;
      rotatedAtSeconds = second;
    }
    for (const { ring } of rings) {
      // The last successor is used as well, before all ends.
      if (rotated >= rotations && second > rotatedAtSeconds + 10) break;
      const key = ring.sealingKey();
      roots.add(key.keyId.slice(0, 12));
      for (const token of [seal(claims, key, randomBytes(12)), sign(claims, ring.signingKey())]) {
        made += 1;
        read(token, 'at once');
        living.push({ token, madeAtSeconds: second });
      }
    }
    while (living[0] !== undefined && second - living[0].madeAtSeconds >= policy.tokenLifeSecondsMax) {
      read(living.shift()?.token ?? '', 'at the end of its life');
    }
    clock.advanceSeconds(1);
  }

  expect(failures).toEqual([]);
  expect(roots.size).toBe(1 + rotations);
  expect(made).toBeGreaterThan(10_000);
  expect(opened).toBe(made * 2 * rings.length);
  const history = await store.history();
  for (const use of ['enc', 'sig'] as const) {
    const states = history.filter((key) => key.use === use).map(({ state }) => state);
    expect(states.filter((state) => state === 'active')).toHaveLength(1);
    expect(states.filter((state) => state === 'retired').length).toBeGreaterThanOrEqual(rotations - 3);
  }
  expect(history.filter(({ state }) => state === 'retired').every(({ wrapped }) => wrapped === '')).toBe(true);
});
