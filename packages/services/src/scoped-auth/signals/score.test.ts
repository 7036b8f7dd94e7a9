// Each sensitivity level refuses what its row of the table says, and lets through what happens to honest visitors.

import type { Signals } from '@gangway/contracts/fingerprint';
import { describe, expect, test } from 'vitest';
import { signals } from '../testing/fixtures.ts';
import { scoreSignals } from './score.ts';

const levels = ['off', 'low', 'medium', 'high'] as const;

/** What changed, the change, and at which of the levels it is accepted. */
const cases: readonly (readonly [string, Partial<Signals>, readonly (typeof levels)[number][]])[] = [
  ['nothing', {}, ['off', 'low', 'medium', 'high']],
  ['the login timestamp', { loginTimestamp: '1893456000001' }, ['off']],
  ['the login timestamp is gone', { loginTimestamp: null }, ['off']],
  ['the login timestamp cut short', { loginTimestamp: '189345600000' }, ['off']],
  ['the browser family', { browser: 'firefox' }, ['off']],
  ['the case of the browser family', { browser: 'Chrome' }, ['off']],
  ['the operating system', { os: 'windows' }, ['off']],
  [
    'everything',
    {
      loginTimestamp: '1',
      browser: 'x',
      browserMajor: 1,
      os: 'x',
      language: null,
      timezone: 0,
      cookieEnabled: false,
      decoders: '',
    },
    ['off'],
  ],
  ['the browser was updated by one major version', { browserMajor: 131 }, ['off', 'low', 'medium', 'high']],
  ['the browser was updated by four', { browserMajor: 134 }, ['off', 'low', 'medium', 'high']],
  ['the browser was updated by five', { browserMajor: 135 }, ['off', 'low', 'medium']],
  ['the browser went back one major version', { browserMajor: 129 }, ['off', 'low']],
  ['the major version is no longer told', { browserMajor: null }, ['off', 'low', 'medium', 'high']],
  ['one scored signal: language', { language: 'de-DE' }, ['off', 'low', 'medium', 'high']],
  ['one scored signal: timezone (daylight saving, travel)', { timezone: -120 }, ['off', 'low', 'medium', 'high']],
  ['one scored signal: cookies', { cookieEnabled: false }, ['off', 'low', 'medium', 'high']],
  ['one scored signal: decoders', { decoders: 'b3RoZXI' }, ['off', 'low', 'medium', 'high']],
  ['two scored signals', { language: 'de-DE', timezone: -120 }, ['off', 'low', 'medium']],
  ['two scored signals, by being gone', { cookieEnabled: null, decoders: '' }, ['off', 'low', 'medium']],
  ['three scored signals', { language: 'de-DE', timezone: -120, decoders: 'b3RoZXI' }, ['off', 'low']],
  ['three scored signals, by being gone', { language: null, timezone: null, cookieEnabled: null }, ['off', 'low']],
  ['all scored signals', { language: 'de', timezone: 0, cookieEnabled: null, decoders: '' }, ['off', 'low']],
  ['an update while travelling', { browserMajor: 131, timezone: -120 }, ['off', 'low', 'medium', 'high']],
];

describe.each(levels)('at %s', (level) => {
  test.each(cases)('%s', (_name, change, acceptedAt) => {
    expect(scoreSignals(signals, { ...signals, ...change }, level).accepted).toBe(acceptedAt.includes(level));
  });

  test('signals that appear count as those that go', () => {
    const bare: Signals = { ...signals, language: null, timezone: null, cookieEnabled: null };
    expect(scoreSignals(bare, signals, level).accepted).toBe(level === 'off' || level === 'low');
    expect(scoreSignals({ ...signals, loginTimestamp: null }, signals, level).accepted).toBe(level === 'off');
    expect(scoreSignals({ ...signals, browserMajor: null }, { ...signals, browserMajor: 1 }, level).accepted).toBe(true);
  });

  test('two browsers that tell nothing are the same', () => {
    const silent: Signals = {
      ...signals,
      loginTimestamp: null,
      browserMajor: null,
      language: null,
      timezone: null,
      cookieEnabled: null,
      decoders: '',
    };
    expect(scoreSignals(silent, silent, level)).toEqual({ accepted: true, changed: [] });
  });
});

test('what changed is named at every level, minded or not', () => {
  const presented: Signals = { ...signals, browserMajor: 140, os: 'linux', timezone: null };
  for (const level of levels) expect(scoreSignals(signals, presented, level).changed).toEqual(['os', 'browserMajor', 'timezone']);
});
