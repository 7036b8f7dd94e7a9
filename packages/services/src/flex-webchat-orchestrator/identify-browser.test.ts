// Browsers as they really introduce themselves, and what the signals call them.

import { expect, it } from 'vitest';
import { identifyBrowser } from './identify-browser.ts';

const identify = (userAgent?: string, clientHintBrands?: string, clientHintPlatform?: string) => {
  const { family, major, os } = identifyBrowser({
    address: '',
    formEncoded: false,
    customHeaders: false,
    userAgent,
    clientHintBrands,
    clientHintPlatform,
  });
  return [family, major, os];
};

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const windows = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`;
const mac = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/140.0.0.0 Safari/537.36`;
const android = `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`;
const chromeOs = `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/140.0.0.0 Safari/537.36`;

it.each([
  [windows, 'chrome', 140, 'windows'],
  [mac, 'chrome', 140, 'macos'],
  [android, 'chrome', 140, 'android'],
  [chromeOs, 'chrome', 140, 'chrome os'],
  [`${iphone} CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1`, 'chrome', 140, 'ios'],
  [`${windows} Edg/140.0.0.0`, 'microsoft edge', 140, 'windows'],
  [`${iphone} Version/18.0 EdgiOS/140.0.3485.54 Mobile/15E148 Safari/605.1.15`, 'microsoft edge', 140, 'ios'],
  [`${windows} OPR/122.0.0.0`, 'opera', 122, 'windows'],
  [`${windows} Vivaldi/7.6`, 'vivaldi', 7, 'windows'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0', 'firefox', 143, 'windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'firefox', 143, 'linux'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0', 'firefox', 143, 'android'],
  [`${iphone} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, 'firefox', 143, 'ios'],
  [`${iphone} Version/18.6 Mobile/15E148 Safari/604.1`, 'safari', 18, 'ios'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
    'safari',
    18,
    'macos',
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'samsung internet for android',
    28,
    'android',
  ],
  ['curl/8.14.1', 'unknown', null, 'unknown'],
  ['', 'unknown', null, 'unknown'],
  [undefined, 'unknown', null, 'unknown'],
  ['x'.repeat(2048), 'unknown', null, 'unknown'],
])('%s', (userAgent, ...expected) => {
  expect(identify(userAgent)).toEqual(expected);
});

it.each([
  [windows, '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"', '"Windows"', 'chrome', 140, 'windows'],
  [windows, '"Chromium";v="140", "Not=A?Brand";v="24", "Brave";v="140"', '"Windows"', 'brave', 140, 'windows'],
  [`${windows} Edg/140.0.0.0`, '"Chromium";v="140", "Microsoft Edge";v="140"', '"Windows"', 'microsoft edge', 140, 'windows'],
  [mac, '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"', '"macOS"', 'chrome', 140, 'macos'],
  [android, '"Google Chrome";v="140", "Chromium";v="140"', '"Android"', 'chrome', 140, 'android'],
  [chromeOs, '"Chromium";v="140", "Google Chrome";v="140"', '"Chrome OS"', 'chrome', 140, 'chrome os'],
  [mac, 'nonsense', 'macOS', 'chrome', 140, 'macos'],
  [mac, '"'.repeat(2000), `"${'x'.repeat(2000)}"`, 'chrome', 140, 'macos'],
])('client hints: %s %s %s', (userAgent, brands, platform, ...expected) => {
  expect(identify(userAgent, brands, platform)).toEqual(expected);
});

it('a browser is the same one in whatever order it lists its brands, and with whatever invented brand among them', () => {
  const brands = ['"Chromium";v="140"', '"Google Chrome";v="140"', '"Not=A?Brand";v="24"', '"(Not;A Brand";v="99"'];
  const orders = brands.map((_, first) => [...brands.slice(first), ...brands.slice(0, first)].join(', '));
  expect(new Set(orders.map((order) => identify(windows, order, '"Windows"').join()))).toEqual(new Set(['chrome,140,windows']));
});

it.each([
  ['"Chromium OS"', chromeOs, 'chrome os'],
  ['"Unknown"', chromeOs, 'chrome os'],
  ['"Windows 95"', windows, 'windows'],
  ['"constructor"', mac, 'macos'],
])('the operating system is the same one with the platform %s as without', (platform, userAgent, os) => {
  expect(identify(userAgent, undefined, platform)).toEqual(['chrome', 140, os]);
  expect(identify(userAgent)).toEqual(['chrome', 140, os]);
});

it('DuckDuckGo is itself with client hints and without, and never Chrome or Safari', () => {
  const phone = `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Version/4.0 Chrome/140.0.0.0 Mobile DuckDuckGo/5 Safari/537.36`;
  expect(identify(phone, '"DuckDuckGo";v="140", "Chromium";v="140"', '"Android"')).toEqual(['duckduckgo', 140, 'android']);
  expect(identify(phone)).toEqual(['duckduckgo', 140, 'android']);
  expect(identify(`${iphone} Version/18.6 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15`)).toEqual(['duckduckgo', 18, 'ios']);
});
