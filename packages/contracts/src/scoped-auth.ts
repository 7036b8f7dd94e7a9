// Scoped Auth (SAS): makes and validates tokens. The only participant that holds keys; it owns nonces, proofs and
// revocations too.

import { type Static, Type } from 'typebox';
import { operation } from './contract.ts';
import { Fingerprint } from './fingerprint.ts';
import { Encrypt, Grants, ReportOnly, Sensitivity } from './flex-configuration.ts';
import { DpopNonce, proofFields, Thumbprint } from './proof.ts';
import { AccountSid, DeploymentSid } from './sids.ts';

/** A compact JWE or JWS. Longer ones are refused before anything is decoded. */
export const tokenLengthMax = 8192;
export const Token = Type.String({
  minLength: 1,
  maxLength: tokenLengthMax,
  description: 'The token: a compact JWE or JWS, to be handed on as it is.',
  examples: ['eyJhbGciOiJkaXIi…'],
});

export const Identity = Type.String({
  format: 'uuid',
  description: 'The visitor: a random UUID, kept by every refresh.',
  examples: ['0b9d3c1e-5f0a-4c57-9d0e-3f6f0f1c2a77'],
});
export const Expiration = Type.String({
  format: 'date-time',
  description: 'When the token expires (ISO 8601, UTC).',
  examples: ['2030-01-01T12:30:00.000Z'],
});
const numericDate = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description} Seconds since 1970 (RFC 7519 NumericDate).` });
const RefreshableUntil = numericDate('Until when the session can be refreshed.');
const AbsoluteEnd = numericDate('When the session is over, however often it is refreshed.');

/** A visitor's session: what a token and all its refreshes have in common. */
export const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The same in all tokens of the session.' }),
    startedAt: numericDate('When it began.'),
    generation: Type.Integer({ minimum: 0, description: 'Counts the refreshes.' }),
  },
  { description: 'What a token and all its refreshes have in common.' },
);

/** Why a proof was refused. */
export const ProofRefusal = Type.Union([Type.Literal('proof_validation_failed'), Type.Literal('proof_nonce_required')]);
export type ProofRefusal = Static<typeof ProofRefusal>;

/** What `message` of a refused validation can be. */
export const ValidationRefusal = Type.Union([
  Type.Literal('token_validation_failed'),
  Type.Literal('fingerprint_validation_failed'),
  Type.Literal('proof_validation_failed'),
  Type.Literal('proof_nonce_required'),
]);
export type ValidationRefusal = Static<typeof ValidationRefusal>;

/** What a revocation can name. */
export const RevocationKind = Type.Union([
  Type.Literal('token'),
  Type.Literal('session'),
  Type.Literal('identity'),
  Type.Literal('deployment'),
  Type.Literal('account'),
]);
export type RevocationKind = Static<typeof RevocationKind>;

export const scopedAuth = {
  participant: 'scoped-auth',
  operations: {
    generate: operation({
      summary: 'Makes a token. The identity is made here unless it is given.',
      method: 'POST',
      paths: ['/v1/ScopedAuthTokens/generate/internal'],
      callers: ['federated-auth'],
      latencyMsMax: 1000,
      input: Type.Object(
        {
          accountSid: AccountSid,
          deploymentSid: DeploymentSid,
          grants: Grants,
          ttl: Type.Integer({ minimum: 1, maximum: 86_400, description: 'Seconds that the token is valid.' }),
          encrypt: Encrypt,
          fingerprint: Type.Optional(Fingerprint),
          identity: Type.Optional(Identity),
          session: Session,
          refreshableUntil: RefreshableUntil,
          absoluteEnd: AbsoluteEnd,
          proofKeyThumbprint: Type.Optional(Thumbprint),
        },
        { additionalProperties: false },
      ),
      answer: Type.Object({ token: Token, identity: Identity, expiration: Expiration, dpopNonce: DpopNonce }),
    }),
    validate: operation({
      summary:
        'Judges a token (of the account and the deployment, where they are given), and the proof and the fingerprint that come with it. A refusal is an answer, not an error.',
      method: 'POST',
      paths: ['/v1/ScopedAuthTokens/validate'],
      callers: ['federated-auth', 'backend'],
      admits: (caller, input) => caller === 'federated-auth' || input.purpose !== 'refresh',
      latencyMsMax: 1000,
      input: Type.Object(
        {
          token: Token,
          fingerprint: Type.Optional(Fingerprint),
          sensitivity: Type.Optional(Sensitivity),
          reportOnly: Type.Optional(ReportOnly),
          accountSid: Type.Optional(AccountSid),
          deploymentSid: Type.Optional(DeploymentSid),
          ...proofFields,
          purpose: Type.Optional(
            Type.Union([Type.Literal('access'), Type.Literal('refresh')], {
              default: 'access',
              description: '`refresh` admits a token that has expired but can still be refreshed; for Federated Auth alone.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      answer: Type.Union([
        Type.Object({
          authorized: Type.Literal(true, { description: 'The token is valid.' }),
          auth_account: Type.Object(
            { account_id: Type.String({ format: 'uuid' }), account_sid: AccountSid },
            { description: 'The account that the token is of.' },
          ),
          grants: Grants,
          identity: Identity,
          deploymentSid: DeploymentSid,
          tokenId: Type.String({ format: 'uuid', description: 'The jti of this one token, by which it can be revoked.' }),
          session: Session,
          expiration: Expiration,
          refreshableUntil: RefreshableUntil,
          absoluteEnd: AbsoluteEnd,
          proofKeyThumbprint: Type.Optional(Thumbprint),
          fingerprintChecked: Type.Boolean({ description: 'Whether signals were compared.' }),
          proofChecked: Type.Boolean({ description: 'Whether a proof by the key of the token was verified.' }),
          revocationsAsOf: Type.String({ format: 'date-time', description: 'How fresh the knowledge of revocations is.' }),
          dpopNonce: DpopNonce,
          refresh: Type.Optional(
            Type.Object(
              {
                generation: Type.Integer({ minimum: 0, description: 'The generation of the token to make now.' }),
                boundBefore: Type.Boolean({ description: 'Whether the token was bound to signals.' }),
                reported: Type.Optional(
                  Type.Array(Type.String(), {
                    description: 'The signals for which a level would have refused, were it not report-only.',
                  }),
                ),
                fingerprint: Type.Optional(Fingerprint),
              },
              { description: 'With `purpose: "refresh"`: what the refresh goes on with.' },
            ),
          ),
        }),
        Type.Object({
          authorized: Type.Literal(false, { description: 'It is not, or not here.' }),
          message: ValidationRefusal,
          proofKeyThumbprint: Type.Optional(Thumbprint),
          dpopNonce: DpopNonce,
        }),
      ]),
    }),
    verifyProof: operation({
      summary:
        'Judges the proof with which a session begins. It is made for no token, or for one that came along and did not count.',
      method: 'POST',
      paths: ['/v1/Proofs/verify'],
      callers: ['federated-auth'],
      latencyMsMax: 1000,
      input: Type.Object({ ...proofFields, token: Type.Optional(Token) }, { additionalProperties: false }),
      answer: Type.Union([
        Type.Object({ verified: Type.Literal(true), thumbprint: Thumbprint, dpopNonce: DpopNonce }),
        Type.Object({ verified: Type.Literal(false), message: ProofRefusal, dpopNonce: DpopNonce }),
      ]),
    }),
    revoke: operation({
      summary: 'Revokes a token, session, identity, deployment or account. It is durable when the answer comes.',
      method: 'POST',
      paths: ['/v1/Revocations/internal'],
      callers: ['federated-auth'],
      latencyMsMax: 1000,
      input: Type.Object(
        {
          kind: RevocationKind,
          subject: Type.String({ minLength: 1, maxLength: 64 }),
          reason: Type.String({ minLength: 1, maxLength: 256 }),
        },
        { additionalProperties: false },
      ),
      answer: Type.Object({ revoked: Type.Literal(true) }),
    }),
    publishedKeys: operation({
      summary: 'The public keys of signed tokens (JWKS, RFC 7517), for the edge to publish.',
      method: 'GET',
      paths: ['/v1/Keys'],
      callers: ['starship'],
      latencyMsMax: 1000,
      input: Type.Object({}, { additionalProperties: false }),
      answer: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
    }),
  },
} as const;
