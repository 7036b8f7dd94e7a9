// Proofs of possession (DPoP, RFC 9449) as they travel from the edge, which takes them from a header, to Scoped Auth, which
// judges them.

import { type Static, Type } from 'typebox';

/** A proof longer than this is refused before it is decoded. */
export const proofLengthMax = 4096;

/** A presented proof, and the request that it must be made for. */
export const proofFields = {
  proof: Type.Optional(Type.String({ maxLength: proofLengthMax, description: 'The DPoP header.' })),
  htm: Type.Optional(Type.String({ maxLength: 16, description: 'The method of the request that brought the proof.' })),
  htu: Type.Optional(
    Type.Array(Type.String({ maxLength: 2048 }), {
      maxItems: 16,
      description: 'The address of that request, without query; one for each public address that it may have been sent to.',
    }),
  ),
};

/** The fields of a presented proof, of which all are there or none. */
export const PresentedProof = Type.Object(proofFields);
export type PresentedProof = Static<typeof PresentedProof>;

/** The thumbprint of a proof key (RFC 7638, SHA-256). */
export const Thumbprint = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'The thumbprint of the proof key (RFC 7638).',
});

/** A nonce for the next proof. Every answer to a POST brings a fresh one. */
export const DpopNonce = Type.String({ maxLength: 128, description: 'The nonce for the next proof.' });
