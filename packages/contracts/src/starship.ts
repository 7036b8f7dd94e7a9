// Starship (S): the public edge. What a visitor's browser, or anyone with curl, may ask; the one contract whose caller
// nobody knows.

import { type TSchema, Type } from 'typebox';
import { VisitorToken } from './federated-auth.ts';
import { CustomerFriendlyName, PreEngagementData } from './flex-webchat-orchestrator.ts';
import type { RefusalCode } from './refusals.ts';
import { Token, tokenLengthMax } from './scoped-auth.ts';
import { ConversationSid, DeploymentKey } from './sids.ts';

/** What a visitor can ask of the edge. */
export interface PublicRoute {
  readonly summary: string;
  readonly method: 'GET' | 'POST';
  /** The first is canonical. Paths match without regard to case. */
  readonly paths: readonly [string, ...string[]];
  /** Fields of the body (POST) or the query (GET); each is read in camelCase and PascalCase. Those marked optional may be left out. */
  readonly fields: Readonly<Record<string, TSchema>>;
  readonly status: number;
  /** The body of the answer; undefined where there is none. */
  readonly answer: TSchema | undefined;
  /** The refusals that a right client can meet, besides those that every route has. */
  readonly refusals: readonly RefusalCode[];
}

/** The refusals that any public route can answer with. */
export const commonRefusals = [
  'invalid_request',
  'method_not_allowed',
  'deployment_not_found',
  'rate_limited',
  'overloaded',
  'upstream_unavailable',
  'internal',
] as const satisfies readonly RefusalCode[];

const tokenRefusals = ['invalid_token', 'invalid_fingerprint', 'use_dpop_nonce', 'invalid_dpop_proof'] as const;
const originRefusals = ['origin_not_allowed', 'preflight_required', 'fingerprint_generation_failed'] as const;
const bodyRefusals = ['payload_too_large', 'unsupported_media_type'] as const;

const TokenAnswer = Type.Object({
  ...VisitorToken.properties,
  ttl: Type.Integer({
    minimum: 0,
    description: 'Seconds until the token expires, for clients whose clock is wrong.',
    examples: [1800],
  }),
});

export const publicRoutes = {
  createToken: {
    summary: 'Begins a session: gives a visitor a token.',
    method: 'POST',
    paths: ['/v2/Webchat/Token', '/v2/Webchat/Tokens'],
    fields: { deploymentKey: DeploymentKey },
    status: 201,
    answer: TokenAnswer,
    refusals: [...bodyRefusals, ...originRefusals, 'use_dpop_nonce', 'invalid_dpop_proof'],
  },
  refreshToken: {
    summary: 'Goes on with a session: gives a later token for the same identity.',
    method: 'POST',
    paths: ['/v2/Webchat/Token/Refresh', '/v2/Webchat/Tokens/Refresh'],
    fields: { deploymentKey: DeploymentKey, token: Token },
    status: 200,
    answer: TokenAnswer,
    refusals: [...bodyRefusals, ...originRefusals, ...tokenRefusals],
  },
  endSession: {
    summary: 'Ends the session: its tokens are worthless from now on.',
    method: 'POST',
    paths: ['/v2/Webchat/Token/End', '/v2/Webchat/Tokens/End'],
    fields: { deploymentKey: DeploymentKey, token: Token },
    status: 204,
    answer: undefined,
    refusals: [...bodyRefusals, ...originRefusals, ...tokenRefusals],
  },
  init: {
    summary: 'Begins a session and a conversation.',
    method: 'POST',
    paths: ['/v2/Webchat/Init'],
    fields: {
      deploymentKey: DeploymentKey,
      customerFriendlyName: CustomerFriendlyName,
      preEngagementData: PreEngagementData,
      identity: Type.Optional(Type.String({ maxLength: 64, description: 'A wish: kept only with a token of that identity.' })),
      token: Type.Optional(Type.String({ maxLength: tokenLengthMax, description: 'Bears the wished identity out.' })),
    },
    status: 201,
    answer: Type.Object({ ...TokenAnswer.properties, conversation_sid: ConversationSid }),
    refusals: [...bodyRefusals, ...originRefusals, 'use_dpop_nonce', 'invalid_dpop_proof'],
  },
  explainOrigin: {
    summary: 'Says whether pages of the asking origin may use a deployment, and why not.',
    method: 'GET',
    paths: ['/v2/Webchat/Origin'],
    fields: { deploymentKey: DeploymentKey },
    status: 200,
    answer: Type.Object({
      origin: Type.Union([Type.String(), Type.Null()], {
        description: 'The Origin header of this very request.',
        examples: ['https://www.owlbikes.example'],
      }),
      allowed: Type.Boolean({ description: 'Whether pages of this origin may use the deployment.' }),
      code: Type.Optional(
        Type.Union([Type.Literal('origin_missing'), Type.Literal('origin_not_allowed')], { description: 'Why not.' }),
      ),
      message: Type.Optional(Type.String({ description: 'The same in words.' })),
    }),
    refusals: [],
  },
} as const satisfies Record<string, PublicRoute>;

/** The name of a public route; the orchestrator's operation bears the same. */
export type PublicRouteName = keyof typeof publicRoutes;

/** The request headers that scripts of any page may send, by name: what a preflight is answered with. */
export const allowedRequestHeaders = [
  'Content-Type',
  'X-Requested-With',
  'DPoP',
  'UI-Version',
  'Webchat-Version',
  ...['twilio', 'webchat'].flatMap((prefix) =>
    ['usersettings', 'webchatinfo', 'decoders'].map((name) => `X-${prefix}-Sec-${name}`),
  ),
] as const;

/** The answer headers that scripts of other origins may read. */
export const exposedAnswerHeaders = [
  'DPoP-Nonce',
  'WWW-Authenticate',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
] as const;

/** A file of the browser's client. The edge serves it to pages of any origin, whatever deployment they have. */
export interface ClientFile {
  readonly path: `/sdk/${string}`;
  readonly mediaType: string;
  readonly summary: string;
  /** How large it may be, compressed with gzip (bytes); where nothing is said, nobody's page waits for it. */
  readonly gzippedBytesMax?: number;
}

/** The list of the client's files, with their hashes. */
export const clientFilesPath = '/sdk';

const script = 'text/javascript; charset=utf-8';
const text = 'text/plain; charset=utf-8';

/** What a page embeds. Each path names the file that fits this version of Gangway. */
export const clientFiles = [
  {
    path: '/sdk/gangway.js',
    mediaType: script,
    summary: 'For a script tag: the client, as the global `Gangway`.',
    gzippedBytesMax: 8000,
  },
  {
    path: '/sdk/gangway-without-proof.js',
    mediaType: script,
    summary: 'The same, smaller: makes no proofs of possession.',
    gzippedBytesMax: 5000,
  },
  { path: '/sdk/gangway.mjs', mediaType: script, summary: 'The client as an ES module.', gzippedBytesMax: 8000 },
  { path: '/sdk/gangway.d.ts', mediaType: text, summary: 'Its types, of the global and of the module.' },
  { path: '/sdk/licenses.txt', mediaType: text, summary: 'The licenses of what is in these files.' },
] as const satisfies readonly ClientFile[];
