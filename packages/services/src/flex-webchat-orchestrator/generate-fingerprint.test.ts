// The fingerprint is what the headers say, normalised; without the three headers there is none.

import { decodeFingerprint, fingerprintLengthMax } from '@gangway/contracts/fingerprint';
import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal } from '@gangway/contracts/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateFingerprint } from './generate-fingerprint.ts';

const visitor: Visitor = {
  address: '203.0.113.1',
  formEncoded: false,
  customHeaders: true,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  acceptLanguage: 'de-AT,de;q=0.8',
  usersettings: '{"language":"en-GB","cookieEnabled":true,"userTimezone":-60}',
  webchatinfo: '{"loginTimestamp":"1767225600000"}',
  decoders: '{"audio":{"audio/mp4":true},"video":{"video/mp4":true}}',
};
const signalsOf = (more: Partial<Visitor> = {}) => decodeFingerprint(generateFingerprint({ ...visitor, ...more }));

it('says what every header says', () => {
  expect(signalsOf()).toEqual({
    loginTimestamp: '1767225600000',
    browser: 'firefox',
    browserMajor: 143,
    os: 'linux',
    language: 'en-gb',
    timezone: -60,
    cookieEnabled: true,
    decoders: expect.stringMatching(/^[\w-]{16}$/),
  });
});

it.each<[string, Partial<Visitor>, object]>([
  ['the language of the client in use', { usersettings: '{"language":"en_IN"}' }, { language: 'en-in' }],
  ['the first language that the browser prefers, where the page says none', { usersettings: '{}' }, { language: 'de-at' }],
  ['no language at all', { usersettings: '{}', acceptLanguage: undefined }, { language: null }],
  ['a time stamp as a number', { webchatinfo: '{"loginTimestamp":9999999}' }, { loginTimestamp: '9999999' }],
  ['no time stamp', { webchatinfo: '{}' }, { loginTimestamp: null }],
  ['a time stamp that is far too long', { webchatinfo: `{"loginTimestamp":"${'9'.repeat(40)}"}` }, { loginTimestamp: null }],
  ['a time zone as text', { usersettings: '{"userTimezone":"-330"}' }, { timezone: -330 }],
  ['a time zone that is none', { usersettings: '{"userTimezone":"Europe/Vienna"}' }, { timezone: null }],
  ['a time zone beyond the earth', { usersettings: '{"userTimezone":100000}' }, { timezone: null }],
  ['cookies as text', { usersettings: '{"cookieEnabled":"yes"}' }, { cookieEnabled: null }],
])('takes %s', (_, headers, signals) => {
  expect(signalsOf(headers)).toMatchObject(signals);
});

it('the same decoders give the same digest, others another one', () => {
  const other = '{"audio":{},"video":{}}';
  expect(signalsOf()?.decoders).toBe(signalsOf()?.decoders);
  expect(signalsOf({ decoders: other })?.decoders).not.toBe(signalsOf()?.decoders);
});

describe.each(['usersettings', 'webchatinfo', 'decoders'] as const)('without %s there is no fingerprint', (name) => {
  it.each([
    ['is missing', undefined],
    ['is not JSON', ''],
    ['is not JSON', 'language=en'],
    ['is not a JSON object', '[]'],
    ['is not a JSON object', 'null'],
    ['is not a JSON object', '"text"'],
    ['is too long', `{"x":"${'x'.repeat(1024)}"}`],
    ['is too long', `{"x":"${'é'.repeat(510)}"}`],
  ])('it %s: %s', (problem, header) => {
    expect(() => generateFingerprint({ ...visitor, [name]: header })).toThrow(Refusal);
    expect(() => generateFingerprint({ ...visitor, [name]: header })).toThrow(`The header x-webchat-sec-${name} ${problem}.`);
  });
});

it('whatever the headers hold, the fingerprint is one that the wire takes, or a refusal', () => {
  const json = fc.json({ maxDepth: 3 });
  const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: 'binary' }));
  const settings = fc
    .record({ language: value, userTimezone: value, cookieEnabled: value })
    .map((fields) => JSON.stringify(fields));
  const info = value.map((loginTimestamp) => JSON.stringify({ loginTimestamp }));
  const header = fc.oneof(json, fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(
      fc.oneof(settings, header),
      fc.oneof(info, header),
      header,
      header,
      (usersettings, webchatinfo, decoders, userAgent) => {
        let fingerprint: string;
        try {
          fingerprint = generateFingerprint({
            ...visitor,
            usersettings,
            webchatinfo,
            decoders,
            userAgent,
            acceptLanguage: userAgent,
          });
        } catch (error) {
          expect(error).toMatchObject({ name: 'Refusal', code: 'fingerprint_generation_failed' });
          return;
        }
        expect(fingerprint.length).toBeLessThanOrEqual(fingerprintLengthMax);
        expect(decodeFingerprint(fingerprint)).toMatchObject({ decoders: expect.any(String) });
      },
    ),
    { numRuns: 2000 },
  );
});
