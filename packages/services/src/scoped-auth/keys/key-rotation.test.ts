// Rotation that dies at every step: whatever the moment, the next start goes on, no token is lost, and none is made
// with a key that other nodes have not heard of.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { killKey, rotateKeys } from '../operate-keys.ts';
import { Crash, type CrashPoint, crashingStore } from '../testing/crashing-store.ts';
import { claims, fakeClock, memoryRootKeyStore, testKek } from '../testing/fixtures.ts';
import { readToken } from '../token/read-token.ts';
import { seal } from '../token/seal.ts';
import { sign } from '../token/sign.ts';
import { activeKey } from './key-life.ts';
import { type KeyRing, type KeyRingDependencies, openKeyRing } from './key-ring.ts';
import type { KeyUse, RootKeyStore } from './root-key.ts';

const policy = { publishedSecondsMin: 10, tokenLifeSecondsMax: 40 };
const stepSeconds = 5;
const kek = testKek();

interface Made {
  readonly token: string;
  readonly rootId: string;
  readonly use: KeyUse;
  readonly madeAtMs: number;
}

function makeTokens(ring: KeyRing, madeAtMs: number): readonly Made[] {
  const sealing = ring.sealingKey();
  const signing = ring.signingKey();
  return [
    { token: seal(claims, sealing, randomBytes(12)), rootId: sealing.keyId.slice(0, 12), use: 'enc', madeAtMs },
    { token: sign(claims, signing), rootId: signing.keyId, use: 'sig', madeAtMs },
  ];
}

type Event = (dependencies: Pick<KeyRingDependencies, 'store' | 'clock'>) => Promise<unknown>;

/**
 * Runs a node, with a second one as a witness that hears everything one step late, through an event and until all that
 * was made before it is dead. The first node's process may die at one store call; it is started again on the spot.
 */
async function live(crash: CrashPoint, eventAtStep: number, event: Event, morePolicy = {}) {
  const clock = fakeClock();
  const lasting = memoryRootKeyStore();
  const mortal = crashingStore(lasting, crash);
  let store: RootKeyStore = mortal.store;
  const start = () => openKeyRing({ store, kek, clock, policy: { ...policy, ...morePolicy } });
  let node: KeyRing | undefined;

  /** Does something in the node's process, which is started again, and does it again, where it died. */
  async function survive(work: (ring: KeyRing) => Promise<unknown>): Promise<KeyRing> {
    for (;;) {
      try {
        node ??= await start();
        await work(node);
        return node;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        store = lasting;
        node = undefined;
      }
    }
  }

  const first = await survive(async () => undefined);
  const initial = await lasting.list();
  const witness = await openKeyRing({ store: lasting, kek, clock, policy });
  let made: Made[] = [...makeTokens(first, clock.now())];
  for (let step = 1; step <= 18; step += 1) {
    clock.advanceSeconds(stepSeconds);
    await witness.follow();
    const ring = await survive(async (running) => {
      await running.follow();
      await running.tend();
    });
    const running = step === eventAtStep ? await survive(() => event({ store, clock })) : ring;
    const fresh = [...makeTokens(running, clock.now()), ...makeTokens(witness, clock.now())];
    made = [...made, ...fresh].filter(({ madeAtMs }) => clock.now() - madeAtMs <= policy.tokenLifeSecondsMax * 1000);
    const stored = await lasting.list();
    const killed = new Set(stored.filter(({ state }) => state === 'killed').map(({ id }) => id));
    for (const { rootId } of fresh) {
      const root = stored.find(({ id }) => id === rootId);
      const publishedForMs = clock.now() - Date.parse(root?.createdAt ?? '');
      const isInitial = initial.some(({ id, state }) => id === rootId && state === 'active');
      if (!isInitial) expect(publishedForMs, 'published for').toBeGreaterThanOrEqual(policy.publishedSecondsMin * 1000);
    }
    // At its first moment and at its last: a key that was lost between does not come back.
    for (const { token, rootId, use, madeAtMs } of made) {
      const ageSeconds = (clock.now() - madeAtMs) / 1000;
      if (killed.has(rootId) || (ageSeconds > 0 && ageSeconds < policy.tokenLifeSecondsMax)) continue;
      for (const reader of [running, witness]) expect(readToken(token, reader), `${use} at step ${step}`).toEqual(claims);
    }
    expect(running.publishedKeys().keys.length).toBeGreaterThanOrEqual(2);
  }
  return { hasCrashed: mortal.hasCrashed(), history: await lasting.history(), initial, made, witness };
}

/** Runs it with a crash at each store call there is, until one is not reached any more. */
async function atEveryCall(run: (crash: CrashPoint) => Promise<boolean>): Promise<number> {
  for (let call = 1; ; call += 1) {
    const crashed = [await run({ call, moment: 'before' }), await run({ call, moment: 'after' })];
    if (!crashed.includes(true)) return call - 1;
  }
}

const rotate: Event = (dependencies) => rotateKeys({ ...dependencies, kek, policy });
const nothing: Event = async () => undefined;

describe('a process that dies before or after any store call loses no token', () => {
  test.each<[string, number, Event, object]>([
    ['while it rotates on demand', 3, rotate, {}],
    ['while it rotates a key that was published a moment ago, which has to wait', 1, rotate, {}],
    ['while it rotates because the time has come', 1, nothing, { activeSecondsMax: 20 }],
  ])('%s', async (_name, eventAtStep, event, morePolicy) => {
    const calls = await atEveryCall(async (crash) => {
      const { hasCrashed, history, initial } = await live(crash, eventAtStep, event, morePolicy);
      for (const use of ['enc', 'sig'] as const) {
        const former = history.find(({ id }) => id === activeKey(initial, use)?.id);
        expect(former, 'the former key is gone').toMatchObject({ state: 'retired', wrapped: '' });
        expect(activeKey(history, use)?.ordinal).toBeGreaterThan(former?.ordinal ?? Infinity);
        expect(history.filter((key) => key.use === use && key.state === 'active')).toHaveLength(1);
        expect(history.filter((key) => key.use === use && key.state === 'published')).toHaveLength(1);
      }
      return hasCrashed;
    });
    // The crashes reached all of the first start, the rotation and the retirement.
    expect(calls).toBeGreaterThan(60);
  });

  test('while it kills the active key: tokens of other keys live, new ones are made, the killed key stays so', async () => {
    await atEveryCall(async (crash) => {
      const killActive: Event = async ({ store, clock }) => {
        const active = activeKey(await store.history(), 'enc');
        if (active?.ordinal === 1) await killKey({ store, clock }, active.id, 'leaked');
      };
      const { hasCrashed, history, made, witness } = await live(crash, 4, killActive);
      expect(history[0]).toMatchObject({ ordinal: 1, state: 'killed', wrapped: '', reason: 'leaked' });
      expect(made.length).toBeGreaterThan(0);
      await witness.follow();
      expect(witness.openingKey(`${history[0]?.id}.AAAAAAAAAAAA.0`)).toBeUndefined();
      return hasCrashed;
    });
  });
});
