// What a browser says about itself, for the fingerprint: a few settings, when the session began, and which media it can
// decode. No canvas, no fonts, no list of plugins: nothing that would tell this visitor from any other with the same
// browser. Only the time of login does, and that is made up by the session itself.

/** The parts of a browser that are asked; tests and other runtimes bring their own. */
export interface BrowserFeatures {
  readonly language: string;
  readonly cookieEnabled: boolean;
  /** Minutes from local time to UTC, as `Date.prototype.getTimezoneOffset` counts them. */
  timezoneOffsetMinutes(): number;
  /** `HTMLMediaElement.canPlayType`: `probably`, `maybe` or nothing. */
  canPlayType(mimeType: string): string;
  /** `MediaSource.isTypeSupported`. */
  isTypeSupported(mimeType: string): boolean;
}

/** The three request headers that carry the signals; each value is a JSON object of at most 1 KiB. */
export type SignalHeaders = Readonly<
  Record<'x-webchat-sec-usersettings' | 'x-webchat-sec-webchatinfo' | 'x-webchat-sec-decoders', string>
>;

const audioTypes = {
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  opus: 'audio/webm; codecs="opus"',
  vorbis: 'audio/ogg; codecs="vorbis"',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
};

const videoTypes = {
  h264: 'video/mp4; codecs="avc1.42E01E"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"',
  vp8: 'video/webm; codecs="vp8"',
  vp9: 'video/webm; codecs="vp09.00.10.08"',
  av1: 'video/mp4; codecs="av01.0.04M.08"',
};

/**
 * Collects the signals of this browser.
 * @param loginTimestamp when the session began: milliseconds since 1970, as text; the same for all its refreshes
 */
export function collectSignals(loginTimestamp: string, browser: BrowserFeatures = thisBrowser()): SignalHeaders {
  const { language, cookieEnabled } = browser;
  return {
    'x-webchat-sec-usersettings': JSON.stringify({ language, cookieEnabled, userTimezone: browser.timezoneOffsetMinutes() }),
    'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp }),
    'x-webchat-sec-decoders': JSON.stringify({
      audio: capabilities(audioTypes, browser),
      video: capabilities(videoTypes, browser),
    }),
  };
}

function capabilities(types: Readonly<Record<string, string>>, browser: BrowserFeatures): Record<string, string> {
  const answers = Object.entries(types).map(([name, mimeType]) => {
    const streamed = browser.isTypeSupported(mimeType) ? 'streamed' : '';
    return [name, [browser.canPlayType(mimeType), streamed].filter(Boolean).join(' ') || 'no'];
  });
  return Object.fromEntries(answers);
}

/** The browser that runs this. A page without media sources (older iPhones) simply cannot stream. */
function thisBrowser(): BrowserFeatures {
  const player = document.createElement('video');
  return {
    language: navigator.language,
    cookieEnabled: navigator.cookieEnabled,
    timezoneOffsetMinutes: () => new Date().getTimezoneOffset(),
    canPlayType: (mimeType) => player.canPlayType(mimeType),
    isTypeSupported: (mimeType) => typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(mimeType),
  };
}
