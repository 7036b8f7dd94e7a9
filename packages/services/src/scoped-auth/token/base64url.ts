// Base64url as RFC 7515 wants it and no other way. Node's decoder forgives padding, white space, the other alphabet
// and altered trailing bits; each of these would let one token be written in many ways, which defeats whoever
// compares, counts or denies tokens by their text.

/**
 * Decodes canonical base64url (RFC 7515, section 2). Gives undefined for every text that the encoder would not have
 * written for the same bytes. The caller bounds the length.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
