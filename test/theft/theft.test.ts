// The theft table of the documentation still says what is so: fewer replays than it shows, through the same code, with the
// same outcome in every cell.

import { beforeAll, describe, expect, it } from 'vitest';
import { readMeasurement } from '../../tools/docs/theft-page.ts';
import { type Cell, levels, type Measurement, measureTheft } from './measure.ts';
import { thiefClasses } from './thieves.ts';

const replays = 50;
const published = readMeasurement();
let measured: Measurement;
beforeAll(async () => {
  measured = await measureTheft(replays);
}, 60_000);

/** All, none, or what is neither and so nobody's promise. */
function verdict({ tried, accepted }: Cell): string {
  return accepted === 0 ? 'none accepted' : accepted === tried ? 'all accepted' : `${accepted} of ${tried} accepted`;
}
const verdicts = (cells: readonly Cell[]) => cells.map((cell) => [cell.thief, cell.level, verdict(cell)]);

describe('the published table', () => {
  it('has a row for every class of thieves and a column for every level, of 1,000 replays each', () => {
    const expected = levels.flatMap((level) => thiefClasses.map(({ name }) => [name, level, 1000]));
    expect(published.replays.map(({ thief, level, tried }) => [thief, level, tried])).toEqual(expected);
    expect(published.lockout.map(({ level, sessions }) => [level, sessions])).toEqual([
      ['low', 1000],
      ['medium', 1000],
      ['high', 1000],
    ]);
  });

  it(`is what ${replays} replays of each come to now`, () => {
    expect(verdicts(measured.replays)).toEqual(verdicts(published.replays));
    expect(measured.lockout.map(({ triesMax }) => triesMax)).toEqual(published.lockout.map(({ triesMax }) => triesMax));
  });
});

describe.each(['published', 'measured now'])('%s', (which) => {
  const table = () => (which === 'published' ? published : measured);
  const accepted = (letter: string, isLevel: (level: string) => boolean) => {
    const names = thiefClasses.filter((thief) => thief.letter === letter).map(({ name }) => name);
    const cells = table().replays.filter(({ thief, level }) => names.includes(thief) && isLevel(level));
    expect(cells.length).toBeGreaterThan(0);
    return cells.reduce((sum, cell) => sum + cell.accepted, 0);
  };

  it('(a) a token alone is accepted nowhere but at off', () => {
    expect(accepted('a', (level) => level !== 'off')).toBe(0);
  });

  it('(d) a token that is bound to a key is accepted nowhere without it, at off neither', () => {
    expect(accepted('d', () => true)).toBe(0);
  });

  it('a guesser of loginTimestamp has at most five tries a session, and the right value is worth nothing afterwards', () => {
    for (const { triesMax, acceptedAfterwards } of table().lockout) {
      expect(triesMax).toBeLessThanOrEqual(5);
      expect(acceptedAfterwards).toBe(0);
    }
  });
});
