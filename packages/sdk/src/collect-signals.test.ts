// The signal headers are what the contract says, and small enough to be taken.

import { expect, it } from 'vitest';
import { collectSignals } from './collect-signals.ts';

const browser = {
  navigator: { language: 'de-CH', cookieEnabled: true },
  document: {
    createElement: () => ({
      canPlayType: (mimeType: string) => (mimeType.includes('opus') ? ('probably' as const) : ('' as const)),
    }),
  },
  MediaSource: { isTypeSupported: (mimeType: string) => mimeType.includes('opus') || mimeType.includes('av01') },
};

it('gives the three headers of the contract, each a JSON object', () => {
  const headers = collectSignals('1767225600000', browser);
  expect(JSON.parse(headers['x-webchat-sec-usersettings'])).toEqual({
    language: 'de-CH',
    cookieEnabled: true,
    userTimezone: new Date().getTimezoneOffset(),
  });
  expect(JSON.parse(headers['x-webchat-sec-webchatinfo'])).toEqual({ loginTimestamp: '1767225600000' });
  expect(JSON.parse(headers['x-webchat-sec-decoders'])).toMatchObject({
    audio: { opus: 'probably streamed', aac: 'no' },
    video: { av1: 'streamed', vp8: 'no' },
  });
});

it('stays far below the 1 KiB that a header may have', () => {
  const generous = {
    ...browser,
    document: { createElement: () => ({ canPlayType: () => 'probably' as const }) },
    MediaSource: { isTypeSupported: () => true },
  };
  for (const value of Object.values(collectSignals('1767225600000', generous))) expect(value.length).toBeLessThan(512);
});

it('asks a browser without media sources what it can', () => {
  const { MediaSource: _none, ...older } = browser;
  const decoders = JSON.parse(collectSignals('1767225600000', older)['x-webchat-sec-decoders']);
  expect(decoders).toMatchObject({ audio: { opus: 'probably', aac: 'no' }, video: { av1: 'no' } });
});
