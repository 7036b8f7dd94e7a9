// Reads signed tokens (compact JWS, RFC 7515) without asking anybody but for the keys: the front door of the service, by the
// same rules. Bounded before it is decoded, compared before it is interpreted, verified before it is read.

import { type Awaitable, after } from './awaitable.ts';
import { decode, decodeBase64url } from './base64url.ts';
import { signatureBytes } from './crypto/primitives.ts';
import type { PublishedKeys } from './published-keys.ts';
import { readClaims, type TokenFacts } from './token-facts.ts';

const signatureLength = Math.ceil((signatureBytes * 4) / 3);
// Bytes that are no UTF-8 would be replaced, and one text would have several.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The facts of a signed token, or undefined for whatever is not one of ours, unaltered. Judges no dates and no account. The
 * caller has bounded the length and counted the parts. Answers at once where key and cryptography are at hand.
 * @throws UnknownKeys, by a promise, where there are no keys to judge by
 */
export function readSignedToken(token: string, keys: PublishedKeys): Awaitable<TokenFacts | undefined> {
  const payloadStart = token.indexOf('.') + 1;
  const signatureStart = token.length - signatureLength;
  if (payloadStart === 0 || signatureStart <= payloadStart || token[signatureStart - 1] !== '.') return undefined;
  const signature = decodeBase64url(token.slice(signatureStart));
  if (signature === undefined) return undefined;
  return after(keys.keyOf(token.slice(0, payloadStart - 1)), (key) => {
    if (key === undefined) return undefined;
    const verified = key.verifies(token.slice(0, signatureStart - 1), signature);
    return after(verified, (isOurs) => (isOurs ? readPayload(token.slice(payloadStart, signatureStart - 1)) : undefined));
  });
}

/** Reads what was signed: to the character, so that its encoding needs no second look. */
function readPayload(encoded: string): TokenFacts | undefined {
  try {
    return readClaims(JSON.parse(strictUtf8.decode(decode(encoded))));
  } catch {
    return undefined;
  }
}
