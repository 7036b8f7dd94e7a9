// What the edge passes on of a visitor's request besides its fields: the headers that the orchestrator decides by.

import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { proofLengthMax } from '@gangway/contracts/proof';
import { allowedRequestHeaders } from '@gangway/contracts/starship';
import type { FastifyRequest } from 'fastify';

/** Headers that a plain HTML form cannot send, by which a request shows that the browser asked with a preflight first. */
const preflightedHeaders = allowedRequestHeaders.map((name) => name.toLowerCase()).filter((name) => name !== 'content-type');

/** A header longer than this is nobody's signal; it is passed on cut, and so refused as malformed where it counts. */
const headerLengthMax = 2048;

/**
 * Reads the visitor's headers.
 * @param publicUrls the addresses that visitors use: a proof must be made for one of them, whatever `Host` says
 */
export function readVisitor(request: FastifyRequest, publicUrls: readonly string[]): Visitor {
  const { headers } = request;
  const formEncoded = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value.slice(0, headerLengthMax) : undefined;
  };
  const signal = (name: string) => header(`x-webchat-sec-${name}`) ?? header(`x-twilio-sec-${name}`);
  return {
    address: request.ip.slice(0, 64),
    origin: header('origin'),
    secFetchSite: header('sec-fetch-site'),
    formEncoded,
    // A body of JSON makes a browser ask by itself.
    customHeaders: !formEncoded || preflightedHeaders.some((name) => headers[name] !== undefined),
    userAgent: header('user-agent'),
    acceptLanguage: header('accept-language'),
    clientHintBrands: header('sec-ch-ua'),
    clientHintPlatform: header('sec-ch-ua-platform'),
    usersettings: signal('usersettings'),
    webchatinfo: signal('webchatinfo'),
    decoders: signal('decoders'),
    proof: readProof(request, publicUrls),
  };
}

/** The proof of possession, and the request that it must be made for (RFC 9449, section 4.2). */
function readProof({ headers, method, url }: FastifyRequest, publicUrls: readonly string[]): Visitor['proof'] {
  const proof = headers.dpop;
  if (proof === undefined) return undefined;
  const [path = ''] = url.split('?', 1);
  return {
    proof: String(proof).slice(0, proofLengthMax),
    htm: method,
    htu: publicUrls.map((publicUrl) => `${publicUrl}${path}`),
  };
}
