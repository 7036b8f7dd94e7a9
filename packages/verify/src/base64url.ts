// Base64url as RFC 7515 wants it and no other way: padding, white space, the other alphabet and bits that a decoder would
// ignore would each let one token be written in many ways.

const alphabet = /^[\w-]*$/;
// The last character of a part may only have the bits that belong to a byte: 4 of them, or 2, are over.
const lastOfTwo = /[AQgw]$/;
const lastOfThree = /[AEIMQUYcgkosw048]$/;

/** Whether a text is what an encoder writes for some bytes (RFC 4648, section 3.5). */
export function isBase64url(text: string): boolean {
  const rest = text.length & 3;
  if (rest === 1 || !alphabet.test(text)) return false;
  return rest === 0 || (rest === 2 ? lastOfTwo : lastOfThree).test(text);
}

/** Decodes canonical base64url. Gives undefined for any other text. The caller bounds the length. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return isBase64url(text) ? decode(text) : undefined;
}

// Three times as fast as the decoder of the language where there is one.
const { Buffer } = globalThis;

/** Decodes base64url of a text that nobody could have altered: what is not canonical in it may be forgiven, or throw. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  if (Buffer !== undefined) return Buffer.from(text, 'base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Encodes bytes; few of them. */
export function encodeBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
