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

/**
 * What a backend hears of a token that counts (RFC 7662, section 2.2; names after the registries of OAuth, those that it
 * lacks in the same spelling).
 */
export const ActiveToken = Type.Object({
  active: Type.Literal(true, { description: 'The token counts now.' }),
  iss: Type.String({ description: 'The issuer: `gangway`.' }),
  sub: Identity,
  aud: AccountSid,
  client_id: DeploymentSid,
  jti: Type.String({ format: 'uuid', description: 'This one token.' }),
  exp: numericDate('When it expires.'),
  iat: numericDate('When it was made.'),
  nbf: numericDate('From when on it counts.'),
  scope: Type.String({ description: 'The names of the grants, separated by spaces; without those that cannot be a scope.' }),
  token_type: Type.Union([Type.Literal('DPoP'), Type.Literal('Bearer')], {
    description: '`DPoP`: it is bound to a key. Refuse it unless a proof by that key comes along, as `Bearer` too.',
  }),
  cnf: Type.Optional(Type.Object({ jkt: Thumbprint }, { description: 'The key that it is bound to (RFC 9449, section 6.2).' })),
  sid: Type.String({ format: 'uuid', description: 'The session.' }),
  session_started_at: numericDate('When the session began: what the `cutoff` of a revocation is compared with.'),
  deployment_sid: DeploymentSid,
  grants: Grants,
});
export type ActiveToken = Static<typeof ActiveToken>;

/** A revocation, as a backend hears of it. */
export const PublishedRevocation = Type.Object({
  sequence: Type.Integer({ description: 'Its place in the feed.' }),
  kind: RevocationKind,
  subject: Type.String({ description: 'The id of what was revoked: a `jti`, a session, an identity, or the sid.' }),
  cutoff: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'Of a deployment or account: sessions that had started by then (NumericDate) are dead, later ones are not. Null: whatever bears the id is dead.',
  }),
  expiresAt: Type.String({
    format: 'date-time',
    description: 'When it may be forgotten: no token that it ends can live longer.',
  }),
});

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
    introspect: operation({
      summary:
        "Says what a token is, if it counts and is of an account of the backend's (RFC 7662). Judges no proof: of a token of type `DPoP` that is for whoever asks, or for `validate`.",
      method: 'POST',
      paths: ['/v1/ScopedAuthTokens/introspect'],
      callers: ['backend'],
      latencyMsMax: 1000,
      // Other members are ignored, as OAuth wants it, and any text is a token that may not count.
      input: Type.Object({
        token: Type.String({ description: 'The token. Also form-encoded, as the RFC has it.' }),
        token_type_hint: Type.Optional(Type.String({ description: 'Ignored.' })),
      }),
      answer: Type.Union([
        ActiveToken,
        Type.Object({ active: Type.Literal(false, { description: 'It does not count, or not for this backend.' }) }),
      ]),
    }),
    revocationFeed: operation({
      summary:
        'What was revoked, in order: what a backend keeps its memory of judged tokens right by. Of accounts only its own are told; sessions, tokens, identities and deployments bear no account, so all of them are.',
      method: 'GET',
      paths: ['/v1/Revocations'],
      callers: ['backend'],
      latencyMsMax: 1000,
      input: Type.Object(
        { after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'The `next` of the answer before.' })) },
        { additionalProperties: false },
      ),
      answer: Type.Object({
        revocations: Type.Array(PublishedRevocation, {
          description: 'At most 500. One may come again, with a later expiry or cutoff.',
        }),
        next: Type.String({
          description: 'What to ask for next. Smaller than `after` where the store was put back from a backup.',
        }),
        more: Type.Boolean({ description: 'Whether there is more already: ask again at once.' }),
        asOf: Type.String({
          format: 'date-time',
          description: 'Once there is no more: all that was revoked before this moment has been told.',
        }),
        accounts: Type.Array(AccountSid, {
          description: 'The accounts that the credential is good for: whose tokens count for the backend, signed ones too.',
        }),
      }),
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
      summary:
        'The public keys of signed tokens (JWKS, RFC 7517), for the edge to publish, and for backends that verify by themselves.',
      method: 'GET',
      paths: ['/v1/Keys'],
      callers: ['starship', 'backend'],
      latencyMsMax: 1000,
      input: Type.Object({}, { additionalProperties: false }),
      answer: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
    }),
  },
} as const;
