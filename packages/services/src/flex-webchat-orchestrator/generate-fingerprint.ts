// The fingerprint: what a visitor's headers say of the browser, normalised. It is not a hash, because changes are scored;
// it is not stored, because it travels inside the encrypted token.

import { createHash } from 'node:crypto';
import { encodeFingerprint, type Signals } from '@gangway/contracts/fingerprint';
import type { signalHeaders, Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { Refusal } from '@gangway/contracts/refusals';
import { identifyBrowser } from './identify-browser.ts';

/** A header's JSON object is never longer than this (bytes). */
const headerBytesMax = 1024;

type SignalHeader = (typeof signalHeaders)[number];

/**
 * Generates the fingerprint of a browser, encoded for the wire.
 * @throws Refusal `fingerprint_generation_failed` where a signal header is missing or is not a JSON object. Members
 *   inside are optional.
 */
export function generateFingerprint(visitor: Visitor): string {
  const settings = readHeader(visitor, 'usersettings');
  const { loginTimestamp } = readHeader(visitor, 'webchatinfo');
  const { family, major, os } = identifyBrowser(visitor);
  const { language, userTimezone, cookieEnabled } = settings;
  const signals: Signals = {
    loginTimestamp: textOf(loginTimestamp, 32),
    browser: family,
    browserMajor: major,
    os,
    // The page's language where it says one, else the first that the browser prefers.
    language: languageOf(textOf(language, 35) ?? visitor.acceptLanguage?.split(/[,;]/, 1)[0]),
    timezone: timezoneOf(userTimezone),
    cookieEnabled: typeof cookieEnabled === 'boolean' ? cookieEnabled : null,
    decoders: decodersDigest(visitor),
  };
  return encodeFingerprint(signals);
}

function readHeader(visitor: Visitor, name: SignalHeader): Record<string, unknown> {
  const text = visitor[name];
  const failed = (problem: string) =>
    new Refusal('fingerprint_generation_failed', {
      message: `The header x-webchat-sec-${name} ${problem}. Send a JSON object of at most ${headerBytesMax} bytes.`,
    });
  if (text === undefined) throw failed('is missing');
  if (Buffer.byteLength(text) > headerBytesMax) throw failed('is too long');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failed('is not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw failed('is not a JSON object');
  return value as Record<string, unknown>;
}

function textOf(value: unknown, lengthMax: number): string | null {
  if (typeof value === 'number') return textOf(String(value), lengthMax);
  return typeof value === 'string' && value !== '' && value.length <= lengthMax ? value : null;
}

/** `en_IN` and `en-in` are one language (BCP 47 tags compare without regard to case). */
function languageOf(language: string | undefined): string | null {
  const tag = language?.trim().replaceAll('_', '-').toLowerCase() ?? '';
  return tag === '' || tag.length > 35 ? null : tag;
}

/** The offset in minutes; some clients send it as text. */
function timezoneOf(value: unknown): number | null {
  const minutes = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof minutes === 'number' && Number.isInteger(minutes) && Math.abs(minutes) <= 1440 ? minutes : null;
}

const digests = new Map<string, string>();
const digestsMax = 1000;

/** A digest of the media capability answers, so that a long list fits. Few headers differ, so each is read once. */
function decodersDigest(visitor: Visitor): string {
  const known = visitor.decoders === undefined ? undefined : digests.get(visitor.decoders);
  if (known !== undefined) return known;
  const { audio = null, video = null } = readHeader(visitor, 'decoders');
  const digest = createHash('sha256')
    .update(JSON.stringify([audio, video]))
    .digest('base64url')
    .slice(0, 16);
  if (digests.size >= digestsMax) digests.clear();
  digests.set(visitor.decoders ?? '', digest);
  return digest;
}
