// Which browser and operating system a visitor has: from client hints where the browser sends them, from the User-Agent
// otherwise. A library knows the families; what it found is remembered, for the same few thousand come again and again.

import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import Bowser from 'bowser';

/** A browser as the signals name it: lower case, `unknown` where nobody can tell. */
export interface Browser {
  readonly family: string;
  readonly major: number | null;
  readonly os: string;
}

const known = new Map<string, Browser>();
const knownMax = 5000;
const unknownFamily = 'unknown';

/**
 * The platforms of Sec-CH-UA-Platform by the names that the library gives them, so that a browser keeps its operating
 * system when the hint comes with one request and not with the next. Of any other platform the User-Agent knows more.
 */
const platforms: ReadonlyMap<string | undefined, string> = new Map([
  ['"Android"', 'android'],
  ['"Chrome OS"', 'chrome os'],
  ['"Chromium OS"', 'chrome os'],
  ['"iOS"', 'ios'],
  ['"Linux"', 'linux'],
  ['"macOS"', 'macos'],
  ['"Windows"', 'windows'],
]);

/** The library knows this browser by its brand alone, but on phones it is the User-Agent that names it. */
const duckDuckGo = /\bDuckDuckGo\/\d/;

/** Identifies the browser by its headers. */
export function identifyBrowser({ userAgent = '', clientHintBrands, clientHintPlatform }: Visitor): Browser {
  const key = `${userAgent}\n${clientHintBrands ?? ''}\n${clientHintPlatform ?? ''}`;
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const found = identify(userAgent, clientHintBrands, clientHintPlatform);
  // Whoever floods it with inventions only makes it begin again.
  if (known.size >= knownMax) known.clear();
  known.set(key, found);
  return found;
}

function identify(userAgent: string, brandsHeader: string | undefined, platformHeader: string | undefined): Browser {
  const brands = brandsHeader === undefined ? undefined : parseBrands(brandsHeader);
  const { browser, os } = Bowser.parse(userAgent === '' ? '-' : userAgent, { ...(brands && { brands }) });
  const major = Number.parseInt(browser.version ?? '', 10);
  return {
    family: duckDuckGo.test(userAgent) ? 'duckduckgo' : nameOf(browser.name),
    major: Number.isInteger(major) && major <= 100_000 ? major : null,
    os: platforms.get(platformHeader) ?? nameOf(os.name),
  };
}

/** The brand list of Sec-CH-UA (a structured field, RFC 9651): `"Chromium";v="153", "Not/A)Brand";v="99"`. */
function parseBrands(header: string): { brand: string; version: string }[] {
  return [...header.matchAll(/"([^"\\]{1,64})";\s*v="(\d{1,6})(?:\.[\d.]*)?"/g)].map(([, brand = '', version = '']) => ({
    brand,
    version,
  }));
}

function nameOf(name: string | undefined): string {
  const lower = name?.toLowerCase().trim().slice(0, 32) ?? '';
  return lower === '' ? unknownFamily : lower;
}
