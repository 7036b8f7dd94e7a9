// The id under which the server keeps the calls that a frame to the chat caused: a hash that both ends can make, so that
// nothing has to be said for it.

import type { Presentation } from '@gangway/example-chat/protocol';

/** The id, or undefined where the browser computes no hashes: on a page without https. */
export async function presentationId({ token, proof }: Presentation): Promise<string | undefined> {
  // Typed as always there; a page that is no secure context lacks it.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return undefined;
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(`${token}\n${proof ?? ''}`));
  const bytes = [...new Uint8Array(digest, 0, 16)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
