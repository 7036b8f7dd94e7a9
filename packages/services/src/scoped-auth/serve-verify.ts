// Answers a proxy that asks whether to let a visitor's request through: GET /v1/verify, for nginx's auth_request, Traefik's
// ForwardAuth, Caddy's forward_auth and, with the path behind it, Envoy's ext_authz. The backend behind that proxy
// needs to know nothing of tokens: who the visitor is comes in headers.

import type { AnswerOf, Backend, Interface } from '@gangway/contracts/contract';
import { Refusal, type RefusalCode } from '@gangway/contracts/refusals';
import type { scopedAuth, ValidationRefusal } from '@gangway/contracts/scoped-auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf } from '../platform/listener.ts';
import type { IsTrusted } from '../platform/trusted-addresses.ts';
import { type OriginalRequest, readOriginalRequest, readPrefixedRequest, unknownRequest } from './original-request.ts';

/** What the route needs. */
export interface VerifyDependencies {
  readonly scopedAuth: Pick<Interface<typeof scopedAuth>, 'validate'>;
  verifyBackend(authorization: string | undefined): Backend | undefined;
  /** Whether an address is a proxy's whose word about the visitor's request counts. */
  readonly isTrusted: IsTrusted;
}

const path = '/v1/verify';
const presented = /^(Bearer|DPoP) +([^ ]+)$/i;

/** Adds the route to the service listener. */
export function serveVerify(
  listener: FastifyInstance,
  { scopedAuth: authority, verifyBackend, isTrusted }: VerifyDependencies,
): void {
  const answer = (read: (request: FastifyRequest) => OriginalRequest) => async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store');
    try {
      const { 'x-gangway-credential': credential, authorization = '', dpop } = request.headers;
      const backend = verifyBackend(`Bearer ${String(credential)}`);
      if (backend === undefined) throw new Refusal('caller_not_allowed');
      const [, scheme = '', token] = presented.exec(authorization) ?? [];
      if (token === undefined) throw refusal(reply, 'invalid_token', 'The request brings no token.', 'Bearer');
      // A bound token that comes as Bearer brings no proof, whatever else it brings (RFC 9449, section 7.2).
      const isProven = scheme.toLowerCase() === 'dpop' && dpop !== undefined;
      const original = isTrusted(request.socket.remoteAddress) ? read(request) : unknownRequest;
      const proof = isProven ? { proof: String(dpop), htm: original.htm, htu: [...original.htu] } : {};
      const verdict = await authority.validate({ token, ...proof }, { requestId: request.id, backend });
      reply.header('dpop-nonce', verdict.dpopNonce);
      if (!verdict.authorized) throw refusal(reply, codes[verdict.message], undefined, scheme);
      return reply.headers(identityHeaders(verdict)).header('x-gangway-code', '').send('');
    } catch (error) {
      reply.header('x-gangway-code', refusalOf(error).code);
      throw error;
    }
  };
  listener.get(
    path,
    answer(({ headers }) => readOriginalRequest(headers)),
  );
  const readPrefixed = ({ headers, method, raw }: FastifyRequest) => readPrefixedRequest(headers, method, raw.url ?? '', path);
  listener.all(`${path}/*`, answer(readPrefixed));
}

const codes: Readonly<Record<ValidationRefusal, RefusalCode>> = {
  token_validation_failed: 'invalid_token',
  fingerprint_validation_failed: 'invalid_fingerprint',
  proof_validation_failed: 'invalid_dpop_proof',
  proof_nonce_required: 'use_dpop_nonce',
};

/** A refusal with the challenge that belongs to it (RFC 6750, section 3; RFC 9449, section 7.1). */
function refusal(reply: FastifyReply, code: RefusalCode, message: string | undefined, scheme: string): Refusal {
  const isOfToken = code === 'invalid_token' && scheme.toLowerCase() === 'bearer';
  reply.header('www-authenticate', isOfToken ? `Bearer error="${code}"` : `DPoP error="${code}", algs="ES256"`);
  if (code === 'invalid_token') return new Refusal(code, { message: message ?? 'The token does not count here, or no longer.' });
  return new Refusal(code);
}

type Authorized = Extract<AnswerOf<typeof scopedAuth, 'validate'>, { authorized: true }>;

/** What the backend behind the proxy learns of the visitor. Every header is there each time: none of the visitor's own stays. */
function identityHeaders(verdict: Authorized): Readonly<Record<string, string>> {
  return {
    'x-gangway-identity': verdict.identity,
    'x-gangway-account': verdict.auth_account.account_sid,
    'x-gangway-deployment': verdict.deploymentSid,
    'x-gangway-session': verdict.session.id,
    'x-gangway-grants': inAscii(JSON.stringify(verdict.grants)),
    'x-gangway-fingerprint-checked': String(verdict.fingerprintChecked),
    'x-gangway-proof-checked': String(verdict.proofChecked),
  };
}

/** JSON as a header can carry it. */
function inAscii(json: string): string {
  return json.replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
