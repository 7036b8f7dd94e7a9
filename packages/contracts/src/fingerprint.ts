// The normalised signals of a browser, as they travel between the orchestrator, which reads them from a request, and
// Scoped Auth, which binds and scores them. Federated Auth passes them on unread.

import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** The encoded form is never longer than this (base64url characters). */
export const fingerprintLengthMax = 1024;

const anyMember = { additionalProperties: true } as const;

/**
 * What a page sends of its browser: a JSON object in each header. Every member is optional, and what does not fit is
 * left out of the signals; a header that is missing or is no JSON object is refused.
 */
export const SignalHeaders = {
  usersettings: Type.Object(
    {
      language: Type.Optional(Type.String({ description: 'The language of the page or browser (BCP 47).' })),
      cookieEnabled: Type.Optional(Type.Boolean({ description: '`navigator.cookieEnabled`.' })),
      userTimezone: Type.Optional(Type.Integer({ description: 'The offset of the time zone, in minutes.' })),
    },
    { ...anyMember, examples: [{ language: 'en-GB', cookieEnabled: true, userTimezone: -60 }] },
  ),
  webchatinfo: Type.Object(
    { loginTimestamp: Type.Optional(Type.String({ description: 'When the page began its session, in milliseconds, as text.' })) },
    { ...anyMember, examples: [{ loginTimestamp: '1700000000000' }] },
  ),
  decoders: Type.Object(
    {
      audio: Type.Optional(Type.Unknown({ description: 'What the browser answers about its audio decoders.' })),
      video: Type.Optional(Type.Unknown({ description: 'What it answers about its video decoders.' })),
    },
    { ...anyMember, examples: [{ audio: {}, video: {} }] },
  ),
};

/** What is left of a browser's headers after normalisation. A signal that the browser did not send is null. */
export interface Signals {
  /** When the page's session logged in, as the client wrote it: the one signal that differs between equal browsers. */
  readonly loginTimestamp: string | null;
  /** Browser family, lower case: chrome, firefox, safari … */
  readonly browser: string;
  readonly browserMajor: number | null;
  /** Family of the operating system, lower case. */
  readonly os: string;
  /** BCP 47, lower case. */
  readonly language: string | null;
  /** The offset of the time zone, in minutes. */
  readonly timezone: number | null;
  readonly cookieEnabled: boolean | null;
  /** Digest of the media capability answers. */
  readonly decoders: string;
}

/** The signals as they are encoded. Their names are letters: they travel in every token, and so in every request of a chat. */
const EncodedSignals = Type.Object(
  {
    v: Type.Literal(1),
    t: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
    b: Type.String({ maxLength: 32 }),
    n: Type.Union([Type.Integer({ minimum: 0, maximum: 100_000 }), Type.Null()]),
    o: Type.String({ maxLength: 32 }),
    l: Type.Union([Type.String({ maxLength: 35 }), Type.Null()]),
    z: Type.Union([Type.Integer({ minimum: -1440, maximum: 1440 }), Type.Null()]),
    c: Type.Union([Type.Boolean(), Type.Null()]),
    d: Type.String({ maxLength: 64 }),
  },
  { additionalProperties: false },
);

/** The encoded signals as a field of a message. */
export const Fingerprint = Type.String({
  maxLength: fingerprintLengthMax,
  pattern: '^[A-Za-z0-9_-]+$',
  description: "The browser's normalised signals: base64url of a versioned JSON object.",
});

const encodedCheck = Compile(EncodedSignals);

/** Encodes signals for the wire. */
export function encodeFingerprint(signals: Signals): string {
  const {
    loginTimestamp: t,
    browser: b,
    browserMajor: n,
    os: o,
    language: l,
    timezone: z,
    cookieEnabled: c,
    decoders: d,
  } = signals;
  const encoded: Static<typeof EncodedSignals> = { v: 1, t, b, n, o, l, z, c, d };
  return Buffer.from(JSON.stringify(encoded)).toString('base64url');
}

/** Decodes signals that came over the wire or out of a token. Gives undefined for anything that is not a version 1 object. */
export function decodeFingerprint(fingerprint: string): Signals | undefined {
  if (fingerprint.length > fingerprintLengthMax) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(fingerprint, 'base64url').toString('utf8'));
    if (!encodedCheck.Check(value)) return undefined;
    const { t, b, n, o, l, z, c, d } = value;
    return { loginTimestamp: t, browser: b, browserMajor: n, os: o, language: l, timezone: z, cookieEnabled: c, decoders: d };
  } catch {
    return undefined;
  }
}
