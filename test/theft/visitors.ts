// The browsers of the honest visitors, and what a thief makes of them.

import type { Headers } from './requests.ts';

const chrome = {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-ch-ua': '"Chromium";v="153", "Google Chrome";v="153", "Not/A)Brand";v="24"',
  'sec-ch-ua-platform': '"Windows"',
  'x-webchat-sec-usersettings': '{"language":"en-GB","cookieEnabled":true,"userTimezone":-60}',
  'x-webchat-sec-decoders': '{"audio":{"aac":"probably"},"video":{"h264":"probably"}}',
};

/** What Twilio's client sends where it never noted when it began. */
export const defaultTimestamp = '9999999';
const curl: Headers = { 'user-agent': 'curl/8.14.1', accept: '*/*' };
const firstTimestamp = 1_795_155_402_000;

const withTimestamp = (headers: Headers, loginTimestamp: string): Headers => ({
  ...headers,
  'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp }),
});

/** The browser of the visitor of a number: all are alike but for the moment at which they logged in. */
export const visitor = (number: number) => withTimestamp(chrome, String(firstTimestamp + number * 7919));
/** The same browser, whose page never noted a moment. */
export const visitorWithoutTimestamp = withTimestamp(chrome, defaultTimestamp);
/** The thief's own: the very same browser on the very same system, that logged in at another moment. */
export const sameBrowser = (number: number) => withTimestamp(chrome, String(firstTimestamp - 1 - number * 104_729));
/** A thief who has the token and nothing else: the request as curl makes it. */
export const bareCurl = curl;
/** Who reads the documentation and adds signals, of his own making. */
export const inventive = withTimestamp(
  { ...curl, 'x-webchat-sec-usersettings': '{}', 'x-webchat-sec-decoders': '{}' },
  defaultTimestamp,
);
/** Who knows every signal but the moment of the login, and guesses it. */
export const guess = (loginTimestamp: number) => withTimestamp(chrome, String(loginTimestamp));
/** What the visitor of a number really said. */
export const loginTimestampOf = (number: number) => firstTimestamp + number * 7919;
