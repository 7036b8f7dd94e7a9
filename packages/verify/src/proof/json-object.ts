// The JSON of a proof, read so that it has one meaning only. JSON.parse takes the last of two members of one name and another
// reader of the same proof could take the first.

import { decodeBase64url } from '../base64url.ts';
import { isObject } from '../token-facts.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a part of a compact JWS (RFC 7515, section 3): canonical base64url of UTF-8 of a JSON object in which no member is
 * named twice, at any depth (section 4). Gives undefined for anything else. The caller bounds the length.
 */
export function readJsonObject(encoded: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodeBase64url(encoded);
  if (bytes === undefined) return undefined;
  try {
    const text = strictUtf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    // What a serializer wrote comes out the same again. What somebody wrote otherwise has its names counted.
    return JSON.stringify(value) === text || countNames(text) === countMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// In a text that is known to be JSON, a string before a colon is the name of a member, and nothing else is.
function countNames(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g)) if (colon !== undefined) count += 1;
  return count;
}

// Without recursion: the depth is the sender's choice.
function countMembers(root: object): number {
  let count = 0;
  const open: object[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const values: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += values.length;
    for (const value of values) if (typeof value === 'object' && value !== null) open.push(value);
  }
  return count;
}
