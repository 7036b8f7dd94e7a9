// When a root key moves on, second by second, and for each use by itself.

import { describe, expect, test } from 'vitest';
import { startMs } from '../testing/fixtures.ts';
import { defaultKeyPolicy, dueSteps, type KeyPolicy } from './key-life.ts';
import type { KeyState, WrappedRootKey } from './root-key.ts';

const policy: KeyPolicy = { publishedSecondsMin: 10, activeSecondsMax: 100, usesMax: 1000, tokenLifeSecondsMax: 50 };

function key(ordinal: number, state: KeyState, more: Partial<WrappedRootKey> = {}): WrappedRootKey {
  const at = new Date(startMs).toISOString();
  return {
    ...{ id: `key-${ordinal}`, use: 'enc', ordinal, state, createdAt: at, stateSince: at },
    ...{ wantedAt: null, uses: 0, wrapped: '', reason: null },
    ...more,
  };
}

/** The steps of use `enc`; `sig` is always in order. */
function due(keys: readonly WrappedRootKey[], seconds: number): readonly string[] {
  const others = [key(101, 'active', { use: 'sig' }), key(102, 'published', { use: 'sig' })];
  return dueSteps([...keys, ...others], { ...policy, activeSecondsMax: 100 }, startMs + seconds * 1000)
    .filter(({ use }) => use === 'enc')
    .map((step) => (step.step === 'publish' ? `publish ${step.state}` : `${step.step} ${step.id}`));
}

test('a token can live 30 days, so no key is retired before: the default policy', () => {
  expect(defaultKeyPolicy).toEqual({
    publishedSecondsMin: 600,
    activeSecondsMax: 7_776_000,
    usesMax: 2 ** 40,
    tokenLifeSecondsMax: 2_592_000,
  });
});

describe('the first keys', () => {
  test('an empty store is given an active key of each use at once', () => {
    expect(dueSteps([], policy, startMs)).toEqual([
      { step: 'publish', use: 'enc', state: 'active' },
      { step: 'publish', use: 'sig', state: 'active' },
    ]);
  });

  test('an active key is given a published successor', () => {
    expect(due([key(1, 'active')], 0)).toEqual(['publish published']);
    expect(due([key(1, 'active'), key(2, 'published')], 0)).toEqual([]);
  });
});

describe('a published key is activated', () => {
  test('when the active one has been so for its time, not before', () => {
    const keys = [key(1, 'active'), key(2, 'published')];
    expect(due(keys, 99.999)).toEqual([]);
    expect(due(keys, 100)).toEqual(['activate key-2']);
  });

  test('when the active one has been used so often', () => {
    expect(due([key(1, 'active', { uses: 999 }), key(2, 'published')], 20)).toEqual([]);
    expect(due([key(1, 'active', { uses: 1000 }), key(2, 'published')], 20)).toEqual(['activate key-2']);
  });

  test('when it is wanted', () => {
    expect(due([key(1, 'active'), key(2, 'published', { wantedAt: 'now' })], 20)).toEqual(['activate key-2']);
  });

  test.each<[string, Partial<WrappedRootKey>, Partial<WrappedRootKey>]>([
    ['wanted', {}, { wantedAt: 'now' }],
    ['after the uses', { uses: 1000 }, {}],
    ['after the time', { stateSince: new Date(startMs - 1e9).toISOString() }, {}],
  ])('but never before every node has heard of it: %s', (_name, active, next) => {
    const keys = [key(1, 'active', active), key(2, 'published', next)];
    expect(due(keys, 9.999)).toEqual([]);
    expect(due(keys, 10)).toEqual(['activate key-2']);
  });

  test('at once where the active one was killed', () => {
    expect(due([key(1, 'killed'), key(2, 'published')], 0)).toEqual(['activate key-2']);
  });
});

test('where the active and the published key were killed, a new one is active at once', () => {
  expect(due([key(1, 'killed'), key(2, 'killed')], 0)).toEqual(['publish active']);
  expect(due([key(1, 'retiring'), key(2, 'killed')], 0)).toEqual(['publish active']);
});

test('where the published key was killed, another is published', () => {
  expect(due([key(1, 'active'), key(2, 'killed')], 0)).toEqual(['publish published']);
});

test('of two active keys, which a crash can leave, the newer one stays so', () => {
  expect(due([key(2, 'active'), key(1, 'active'), key(3, 'published')], 0)).toEqual(['retiring key-1']);
});

test('a retiring key is retired when the last token that a late node made with it is dead', () => {
  const keys = [key(1, 'retiring'), key(2, 'active'), key(3, 'published')];
  expect(due(keys, 59.999)).toEqual([]);
  expect(due(keys, 60)).toEqual(['retire key-1']);
});

test('each use rotates by itself', () => {
  const keys = [key(1, 'active'), key(2, 'published'), key(3, 'active', { use: 'sig', uses: 1000 })];
  expect(dueSteps([...keys, key(4, 'published', { use: 'sig' })], policy, startMs + 20_000)).toEqual([
    { step: 'activate', use: 'sig', id: 'key-4' },
  ]);
});
