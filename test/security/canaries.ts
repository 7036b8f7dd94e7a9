// Canaries: strings that must come out nowhere, and where they go in. Each stands for a kind of secret, or for something
// of a visitor's that is nobody else's business.

import { randomBytes, randomUUID } from 'node:crypto';
import { generateFingerprint } from '../../packages/services/src/flex-webchat-orchestrator/generate-fingerprint.ts';

const canary = (what: string) => `canary-${what}-${randomBytes(8).toString('hex')}`;

/** What a node is set up with, and must not tell. */
export const secrets = {
  KEK: randomBytes(32).toString('hex'),
  CONVERSATION_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  // Nobody listens there: every delivery fails, and is logged.
  CONVERSATION_WEBHOOK_URL: `http://127.0.0.1:9/hook?key=${canary('webhook')}`,
};

/** What is known of a visitor: who it is, what it said, with what it came. */
export const person = {
  name: canary('name'),
  email: `${canary('email')}@visitor.example`,
  address: '203.0.113.77',
  cookie: canary('cookie'),
  authorization: canary('authorization'),
  query: canary('query'),
  path: canary('path'),
  header: canary('header'),
  text: canary('text'),
  userAgent: `Mozilla/5.0 ${canary('agent')} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/153.0.0.0 Safari/537.36`,
  language: 'qaa-x-canary',
  acceptLanguage: `qab-x-canary;q=0.${Date.now()}`,
  loginTimestamp: String(1_795_155_402_123 + Math.floor(Math.random() * 1e9)),
  decoder: canary('decoder'),
  // Tokens and proofs that were never ours.
  token: `${canary('token')}.${randomUUID()}.${canary('token')}`,
  proof: `${canary('proof')}.${canary('proof')}.${canary('proof')}`,
} as const;

const decoders = { audio: { [person.decoder]: true }, video: {} };
const settings = { language: person.language, cookieEnabled: true, userTimezone: -754 };

/** The headers of the visitor's browser. */
export const visitorHeaders: Readonly<Record<string, string>> = {
  'user-agent': person.userAgent,
  'accept-language': person.acceptLanguage,
  'x-forwarded-for': person.address,
  cookie: `session=${person.cookie}`,
  authorization: `Bearer ${person.authorization}`,
  'x-unheard-of': person.header,
  'x-webchat-sec-usersettings': JSON.stringify(settings),
  'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp: person.loginTimestamp }),
  'x-webchat-sec-decoders': JSON.stringify(decoders),
};

const fingerprint = generateFingerprint({
  address: '',
  formEncoded: false,
  customHeaders: true,
  userAgent: person.userAgent,
  acceptLanguage: person.acceptLanguage,
  usersettings: visitorHeaders['x-webchat-sec-usersettings'],
  webchatinfo: visitorHeaders['x-webchat-sec-webchatinfo'],
  decoders: visitorHeaders['x-webchat-sec-decoders'],
});

/** Everything above that must not come out, by what it is. The zone is too short to be searched for by itself. */
export const knownCanaries: ReadonlyMap<string, string> = new Map([
  ...Object.entries(secrets).map(([name, value]): [string, string] => [name, value.replace(/^whsec_|^http.*key=/, '')]),
  ...Object.entries(person),
  ['zone', '"userTimezone"'],
  ['agent', person.userAgent.slice(12, 40)],
  ['fingerprint', fingerprint],
]);

/** What of a token must not come out: all but its header, which names a key. */
export function partsOf(what: string, token: string): readonly (readonly [string, string])[] {
  return token
    .split('.')
    .slice(1)
    .filter((part) => part.length >= 16)
    .map((part, at) => [`${what}, part ${at + 2}`, part] as const);
}

/** A secret of bytes, in the ways in which bytes are written. */
export function spellingsOf(what: string, bytes: Buffer): readonly (readonly [string, string])[] {
  return (['hex', 'base64', 'base64url'] as const).map(
    (encoding) => [`${what} in ${encoding}`, bytes.toString(encoding)] as const,
  );
}

/** The canaries that a text holds. */
export function foundIn(text: string, canaries: Iterable<readonly [string, string]>): readonly string[] {
  return [...canaries].filter(([, value]) => text.includes(value)).map(([what]) => what);
}
