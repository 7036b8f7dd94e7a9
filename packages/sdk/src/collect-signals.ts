// What a browser says about itself, for the fingerprint: a few settings, when the session began, and which media it can
// decode. No canvas, no fonts, no list of plugins: nothing that would tell this visitor from any other with the same
// browser. Only the time of login does, and that is made up by the session itself.

/** The parts of a browser that are asked; tests and other runtimes bring their own. */
export interface BrowserFeatures {
  /** Says language and cookies. */
  readonly navigator: Pick<Navigator, 'language' | 'cookieEnabled'>;
  /** Makes the player that says what it can play. */
  readonly document: { createElement(name: 'video'): Pick<HTMLMediaElement, 'canPlayType'> };
  /** Older iPhones have none: they simply cannot stream. */
  readonly MediaSource?: Pick<typeof MediaSource, 'isTypeSupported'>;
}

/** The three request headers that carry the signals; each value is a JSON object of at most 1 KiB. */
export type SignalHeaders = Readonly<
  Record<'x-webchat-sec-usersettings' | 'x-webchat-sec-webchatinfo' | 'x-webchat-sec-decoders', string>
>;

/** Subtypes and codecs, in the words of the media types. */
const media = {
  audio: {
    aac: 'mp4; codecs="mp4a.40.2"',
    opus: 'webm; codecs="opus"',
    vorbis: 'ogg; codecs="vorbis"',
    flac: 'flac',
    mp3: 'mpeg',
  },
  video: {
    h264: 'mp4; codecs="avc1.42E01E"',
    hevc: 'mp4; codecs="hvc1.1.6.L93.B0"',
    vp8: 'webm; codecs="vp8"',
    vp9: 'webm; codecs="vp09.00.10.08"',
    av1: 'mp4; codecs="av01.0.04M.08"',
  },
};

/**
 * Collects the signals of this browser.
 * @param loginTimestamp when the session began: milliseconds since 1970, as text; the same for all its refreshes
 */
export function collectSignals(loginTimestamp: string, browser: BrowserFeatures = globalThis): SignalHeaders {
  const { language, cookieEnabled } = browser.navigator;
  const player = browser.document.createElement('video');
  const capabilities = (kind: 'audio' | 'video') =>
    Object.fromEntries(
      Object.entries(media[kind]).map(([name, subtype]) => {
        const mimeType = `${kind}/${subtype}`;
        const streamed = browser.MediaSource?.isTypeSupported(mimeType) ? ' streamed' : '';
        return [name, (player.canPlayType(mimeType) + streamed).trim() || 'no'];
      }),
    );
  const userTimezone = new Date().getTimezoneOffset();
  return {
    'x-webchat-sec-usersettings': JSON.stringify({ language, cookieEnabled, userTimezone }),
    'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp }),
    'x-webchat-sec-decoders': JSON.stringify({ audio: capabilities('audio'), video: capabilities('video') }),
  };
}
