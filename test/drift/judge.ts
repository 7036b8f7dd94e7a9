// What the services make of two sets of headers: the edge's request, the orchestrator's signals, Scoped Auth's verdict.

import { decodeFingerprint, type Signals } from '@gangway/contracts/fingerprint';
import { generateFingerprint } from '../../packages/services/src/flex-webchat-orchestrator/generate-fingerprint.ts';
import { type Score, scoreSignals } from '../../packages/services/src/scoped-auth/signals/score.ts';
import { type Browser, browsers, type HeaderChanges, headersOf, type Level, withoutHints } from './corpus.ts';

const text = (value: string | null | undefined) => value ?? undefined;
const json = (members: Record<string, unknown> = {}) =>
  JSON.stringify(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)));

/** The signals as they travel in a token. */
export function signalsOf(headers: HeaderChanges): Signals {
  const fingerprint = generateFingerprint({
    address: '203.0.113.1',
    formEncoded: false,
    customHeaders: true,
    userAgent: text(headers['user-agent']),
    acceptLanguage: text(headers['accept-language']),
    clientHintBrands: text(headers['sec-ch-ua']),
    clientHintPlatform: text(headers['sec-ch-ua-platform']),
    usersettings: json(headers.usersettings),
    webchatinfo: json(headers.webchatinfo),
    decoders: json(headers.decoders),
  });
  const signals = decodeFingerprint(fingerprint);
  if (signals === undefined) throw new TypeError('The fingerprint does not decode.');
  return signals;
}

/** The verdict on a token that was made with one set of headers and comes with another. */
export function judge(before: HeaderChanges, after: HeaderChanges, level: Level): Score {
  return scoreSignals(signalsOf(before), signalsOf(after), level);
}

/** A browser in one of the ways in which it can be told from others. */
export interface Appearance {
  readonly browser: Browser;
  readonly headers: HeaderChanges;
}

/** Every browser with its client hints and, where its User-Agent suffices to tell it, without. */
export const appearances: readonly Appearance[] = browsers.flatMap((browser) => {
  const withHints = { browser, headers: headersOf(browser) };
  const bare = { browser, headers: headersOf(browser, withoutHints) };
  return browser.headers['sec-ch-ua'] === undefined || browser.toldByHintsOnly ? [withHints] : [withHints, bare];
});

/** Every ordered pair of appearances of different browser or system families. */
export const strangers: readonly (readonly [Appearance, Appearance])[] = appearances.flatMap((one) =>
  appearances
    .filter(({ browser }) => browser.family !== one.browser.family || browser.os !== one.browser.os)
    .map((other) => [one, other] as const),
);
