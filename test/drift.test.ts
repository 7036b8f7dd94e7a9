// What an honest visitor's browser does by itself is followed at medium, another browser or operating system is refused
// at every level, and what is refused although it is honest is known. The corpus says what browsers do, and from where.

import { describe, expect, it, test } from 'vitest';
import {
  bothSides,
  browsers,
  type Change,
  headersOf,
  kinds,
  knownRejects,
  levels,
  sources,
  withoutHints,
} from './drift/corpus.ts';
import { appearances, judge, signalsOf, strangers } from './drift/judge.ts';

const followed = kinds.flatMap(({ changes }) => changes);
const acceptedLevels = (change: Change) => levels.filter((level) => judge(...bothSides(change), level).accepted);

describe.each(kinds)('$kind', ({ changes }) => {
  it.each(changes.map((change) => [change.name, change] as const))(
    '%s: followed at medium, and elsewhere as said',
    (_, change) => {
      expect(acceptedLevels(change)).toContain('medium');
      expect(acceptedLevels(change)).toEqual(change.acceptedAt);
    },
  );
});

describe('known rejects', () => {
  it.each(knownRejects.map((change) => [change.name, change] as const))(
    '%s: refused at medium, and elsewhere as said',
    (_, change) => {
      expect(acceptedLevels(change)).not.toContain('medium');
      expect(acceptedLevels(change)).toEqual(change.acceptedAt);
      expect(change.reason).toBeDefined();
    },
  );
});

test(`of ${followed.length} changes followed, medium refuses 0`, () => {
  expect(followed.filter((change) => !judge(...bothSides(change), 'medium').accepted).map(({ name }) => name)).toEqual([]);
});

test(`${strangers.length} pairs of different browser or system families are refused at low, medium and high: 0 accepted`, () => {
  const accepted = strangers.flatMap(([one, other]) =>
    levels
      .filter((level) => judge(one.headers, other.headers, level).accepted)
      .map((level) => `${one.browser.name} → ${other.browser.name} at ${level}`),
  );
  expect(accepted).toEqual([]);
  expect(strangers.length).toBeGreaterThan(1000);
});

describe.each(browsers)('$name', (browser) => {
  it('is of the family and system that its makers say', () => {
    const { browser: family, os, browserMajor } = signalsOf(headersOf(browser));
    expect([family, os]).toEqual([browser.family, browser.os]);
    expect(browserMajor).not.toBeNull();
  });

  it.each(levels)('is always accepted as itself at %s, with client hints or without', (level) => {
    const ways = appearances.filter((appearance) => appearance.browser === browser);
    for (const { headers } of ways) {
      for (const { headers: others } of ways) expect(judge(headers, others, level)).toEqual({ accepted: true, changed: [] });
    }
    const bare = headersOf(browser, withoutHints);
    expect(judge(bare, bare, level)).toEqual({ accepted: true, changed: [] });
  });
});

describe('the corpus', () => {
  it('knows every change by one name, each with sources that are listed, and lists no source that nobody needs', () => {
    const all = [...followed, ...knownRejects];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect([...new Set(all.flatMap((change) => change.sources))].sort()).toEqual(Object.keys(sources).sort());
  });

  it('holds at least 25 browsers, each once', () => {
    expect(new Set(browsers.map(({ name }) => name)).size).toBe(browsers.length);
    expect(browsers.length).toBeGreaterThanOrEqual(25);
  });
});
