// Answers a proxy that asks whether to let a visitor's request through: GET /v1/verify, for nginx's auth_request, Traefik's
// ForwardAuth, Caddy's forward_auth and, with the path behind it, Envoy's ext_authz. The backend behind that proxy
// needs to know nothing of tokens: who the visitor is comes in headers.

import type { IncomingMessage } from 'node:http';
import type { AnswerOf, Backend } from '@gangway/contracts/contract';
import { Refusal, type RefusalCode } from '@gangway/contracts/refusals';
import type { scopedAuth, ValidationRefusal } from '@gangway/contracts/scoped-auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerFirst } from '../platform/answer-first.ts';
import { type Awaitable, isPending } from '../platform/awaitable.ts';
import { chosenRequestId, newRequestId, refusalOf } from '../platform/listener.ts';
import type { IsTrusted } from '../platform/trusted-addresses.ts';
import type { ScopedAuth } from './create-scoped-auth.ts';
import { type OriginalRequest, readOriginalRequest, readPrefixedRequest, unknownRequest } from './original-request.ts';

/** What the route needs. */
export interface VerifyDependencies {
  readonly scopedAuth: Pick<ScopedAuth, 'judge'>;
  /** Whose credential this is, or undefined where it does not count. It came on that connection. */
  verifyCredential(credential: string | undefined, connection: object): Backend | undefined;
  /** Whether an address is a proxy's whose word about the visitor's request counts. */
  readonly isTrusted: IsTrusted;
}

/** What the proxy is told: names and values of headers in turn, and the refusal where it is one. */
interface Outcome {
  readonly headers: string[];
  readonly refusal?: unknown;
}

const path = '/v1/verify';
const schemes = /^(Bearer|DPoP) +/i;

/** Adds the route to the service listener. */
export function serveVerify(listener: FastifyInstance, dependencies: VerifyDependencies): void {
  const refused = new WeakMap<IncomingMessage, Outcome>();
  const answer =
    (read: (request: IncomingMessage) => OriginalRequest) => async (request: FastifyRequest, reply: FastifyReply) => {
      const { headers, refusal } = refused.get(request.raw) ?? (await judge(request.raw, read, request.id, dependencies));
      for (let index = 0; index < headers.length; index += 2) reply.header(headers[index] ?? '', headers[index + 1]);
      if (refusal === undefined) return reply.send('');
      reply.header('x-gangway-code', refusalOf(refusal).code);
      throw refusal;
    };
  listener.get(path, answer(readOriginal));
  listener.all(`${path}/*`, answer(readPrefixed));

  // The same, shorter, for a yes: nearly every answer is one. A refusal is the listener's to word, and is not judged twice.
  answerFirst(listener, (request, response, pass) => {
    if (request.method !== 'GET' || request.url !== path) return false;
    // Some proxies pass on what the visitor wrote there.
    const requestId = chosenRequestId(request.headers['x-request-id']?.toString()) ?? newRequestId();
    request.headers['x-request-id'] = requestId;
    const deliver = (outcome: Outcome) => {
      if (outcome.refusal === undefined) {
        response.writeHead(200, outcome.headers).end();
        return;
      }
      refused.set(request, outcome);
      pass();
    };
    const outcome = judge(request, readOriginal, requestId, dependencies);
    if (isPending(outcome)) void outcome.then(deliver);
    else deliver(outcome);
    return true;
  });
}

const readOriginal = ({ headers }: IncomingMessage) => readOriginalRequest(headers);
const readPrefixed = ({ headers, method = '', url = '' }: IncomingMessage) => readPrefixedRequest(headers, method, url, path);

/** Judges what the proxy passed on. Never fails: what goes wrong is an outcome too. */
function judge(
  request: IncomingMessage,
  read: (request: IncomingMessage) => OriginalRequest,
  requestId: string,
  { scopedAuth, verifyCredential, isTrusted }: VerifyDependencies,
): Awaitable<Outcome> {
  const { 'x-gangway-credential': credential, authorization = '', dpop } = request.headers;
  const backend = verifyCredential(credential?.toString(), request.socket);
  if (backend === undefined) return failed(new Refusal('caller_not_allowed'));
  const [before = '', scheme = ''] = schemes.exec(authorization) ?? [];
  const token = authorization.slice(before.length);
  if (before === '' || token === '' || token.includes(' ')) {
    return refuse('invalid_token', 'Bearer', undefined, 'The request brings no token.');
  }
  // A bound token that comes as Bearer brings no proof, whatever else it brings (RFC 9449, section 7.2).
  const isProven = dpop !== undefined && scheme.toLowerCase() === 'dpop';
  const original = isProven && isTrusted(request.socket.remoteAddress) ? read(request) : unknownRequest;
  const proof = isProven ? { proof: String(dpop), htm: original.htm, htu: [...original.htu] } : {};
  try {
    const verdict = scopedAuth.judge({ token, ...proof }, { requestId, backend });
    return isPending(verdict) ? verdict.then((later) => outcomeOf(later, scheme)).catch(failed) : outcomeOf(verdict, scheme);
  } catch (error) {
    return failed(error);
  }
}

const uncached = ['cache-control', 'no-store'] as const;
const failed = (refusal: unknown): Outcome => ({ headers: [...uncached], refusal });

function outcomeOf(verdict: Verdict, scheme: string): Outcome {
  const { dpopNonce } = verdict;
  if (!verdict.authorized) return refuse(codes[verdict.message], scheme, dpopNonce);
  const headers = identityHeaders(verdict);
  if (dpopNonce !== undefined) headers.push('dpop-nonce', dpopNonce);
  return { headers };
}

/** A refusal with the challenge that belongs to it (RFC 6750, section 3; RFC 9449, section 7.1). */
function refuse(
  code: RefusalCode,
  scheme: string,
  nonce?: string,
  message = 'The token does not count here, or no longer.',
): Outcome {
  const isOfToken = code === 'invalid_token';
  const challenge =
    isOfToken && scheme.toLowerCase() === 'bearer' ? `Bearer error="${code}"` : `DPoP error="${code}", algs="ES256"`;
  const headers = [...uncached, 'www-authenticate', challenge];
  if (nonce !== undefined) headers.push('dpop-nonce', nonce);
  return { headers, refusal: new Refusal(code, isOfToken ? { message } : {}) };
}

const codes: Readonly<Record<ValidationRefusal, RefusalCode>> = {
  token_validation_failed: 'invalid_token',
  fingerprint_validation_failed: 'invalid_fingerprint',
  proof_validation_failed: 'invalid_dpop_proof',
  proof_nonce_required: 'use_dpop_nonce',
};

type Verdict = AnswerOf<typeof scopedAuth, 'validate'>;
type Authorized = Extract<Verdict, { authorized: true }>;

/** What the backend behind the proxy learns of the visitor. Every header is there each time: none of the visitor's own stays. */
// biome-ignore format: name and value in turn, one list: it is made for every answer
function identityHeaders({ identity, auth_account, deploymentSid, session, grants, fingerprintChecked, proofChecked }: Authorized): string[] {
  return [
    'cache-control', 'no-store',
    'content-length', '0',
    'x-gangway-identity', identity,
    'x-gangway-account', auth_account.account_sid,
    'x-gangway-deployment', deploymentSid,
    'x-gangway-session', session.id,
    'x-gangway-grants', inAscii(JSON.stringify(grants)),
    'x-gangway-fingerprint-checked', String(fingerprintChecked),
    'x-gangway-proof-checked', String(proofChecked),
    'x-gangway-code', '',
  ];
}

/** JSON as a header can carry it. */
function inAscii(json: string): string {
  if (!/[^\x20-\x7e]/.test(json)) return json;
  return json.replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
