// A visitor's browser as the edge sees it: requests with the path and the headers exactly as a test wants them, which
// `fetch` would tidy up or refuse.

import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestSecured } from 'node:https';

/** What to send. A body that is an object goes as JSON. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readonly<Record<string, unknown>>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came, and read as JSON where it is an object (else an empty one). */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const timeLimitMs = 10_000;

/** Sends a request and gives the answer; the path is sent as it is, dots and doubled slashes too. */
export function ask(baseUrl: string, path: string, { method = 'POST', headers = {}, body }: Asking = {}): Promise<Answer> {
  const { protocol, hostname, port } = new URL(baseUrl);
  const request = protocol === 'https:' ? requestSecured : requestPlain;
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
  const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path, method, agent: false, timeout: timeLimitMs, headers: { ...type, ...length, ...headers } },
      (answer) => {
        let received = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          received += part;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: received, body: readObject(received) }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path} within ${timeLimitMs} ms`)));
    sent.on('error', reject);
    sent.end(text);
  });
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The headers of one browser: what the fingerprint is made of. */
export const chromeOnMac = {
  'user-agent':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  'sec-ch-ua-platform': '"macOS"',
  'x-webchat-sec-usersettings': '{"language":"en-GB","cookieEnabled":true,"userTimezone":-60}',
  'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1767225600000"}',
  'x-webchat-sec-decoders': '{"audio":{"audio/mp4":true},"video":{"video/mp4":true}}',
} as const;

/** Another visitor's browser. */
export const firefoxOnWindows = {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
  'accept-language': 'de',
  'x-webchat-sec-usersettings': '{"language":"de","cookieEnabled":true,"userTimezone":-120}',
  'x-webchat-sec-webchatinfo': '{"loginTimestamp":"1767229999999"}',
  'x-webchat-sec-decoders': '{"audio":{},"video":{}}',
} as const;

const tokenPath = '/v2/Webchat/Token';
const refreshPath = '/v2/Webchat/Token/Refresh';

/** Asks for a token. */
export function createToken(
  publicUrl: string,
  deploymentKey: string,
  headers: Readonly<Record<string, string>> = chromeOnMac,
): Promise<Answer> {
  return ask(publicUrl, tokenPath, { headers, body: { deploymentKey } });
}

/** Asks for a later token of the same session. */
export function refreshToken(
  publicUrl: string,
  deploymentKey: string,
  token: unknown,
  headers: Readonly<Record<string, string>> = chromeOnMac,
): Promise<Answer> {
  return ask(publicUrl, refreshPath, { headers, body: { deploymentKey, token } });
}
