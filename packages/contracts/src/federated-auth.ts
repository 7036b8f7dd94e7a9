// Federated Auth (FAS): gives an anonymous visitor an identity and roles, and refreshes them.

import { type Static, Type } from 'typebox';
import { operation } from './contract.ts';
import { Fingerprint } from './fingerprint.ts';
import { Encrypt, Grants, Limits, Lives, ProofOfPossession, ReportOnly, Sensitivity } from './flex-configuration.ts';
import { DpopNonce, proofFields } from './proof.ts';
import { Expiration, Identity, Token } from './scoped-auth.ts';
import { AccountSid, DeploymentSid } from './sids.ts';

/** A visitor's token and what it says of the visitor. */
export const VisitorToken = Type.Object({
  token: Token,
  identity: Identity,
  expiration: Expiration,
  roles: Grants,
});

const Reported = Type.Optional(
  Type.Array(Type.String(), { description: 'The signals for which the request was let through only to be reported.' }),
);

const IssuedToken = Type.Object({
  ...VisitorToken.properties,
  dpopNonce: DpopNonce,
  boundLate: Type.Optional(Type.Boolean({ description: 'The session began without signals and is bound from now on.' })),
  reported: Reported,
});

/** A token, proof or fingerprint was not accepted. */
export const TokenRefusal = Type.Object({
  valid: Type.Literal(false, { description: 'The session does not go on.' }),
  code: Type.Union([
    Type.Literal('invalid_token'),
    Type.Literal('invalid_fingerprint'),
    Type.Literal('use_dpop_nonce'),
    Type.Literal('invalid_dpop_proof'),
  ]),
  message: Type.String({ description: 'The same in words.' }),
  dpopNonce: DpopNonce,
});
export type TokenRefusal = Static<typeof TokenRefusal>;

/** What is needed to judge a token that a visitor presents. */
const presented = {
  accountSid: AccountSid,
  deploymentSid: DeploymentSid,
  token: Token,
  sensitivity: Sensitivity,
  reportOnly: ReportOnly,
  proofOfPossession: ProofOfPossession,
  fingerprint: Type.Optional(Fingerprint),
  ...proofFields,
};

export const federatedAuth = {
  participant: 'federated-auth',
  operations: {
    createToken: operation({
      summary:
        'Begins a session: an identity, its roles and a token. A wished identity is kept only with a token of that identity.',
      method: 'POST',
      paths: ['/v1/Accounts/:accountSid/Tokens', '/v2/Accounts/:accountSid/Tokens'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 1500,
      input: Type.Object(
        {
          accountSid: AccountSid,
          deploymentSid: DeploymentSid,
          grants: Grants,
          lives: Lives,
          encrypt: Encrypt,
          proofOfPossession: ProofOfPossession,
          fingerprint: Type.Optional(Fingerprint),
          ...proofFields,
          wish: Type.Optional(
            Type.Object(
              { identity: Identity, token: Token, sensitivity: Sensitivity },
              { description: 'The identity that the visitor asks for, and the token that must bear it out.' },
            ),
          ),
        },
        { additionalProperties: false },
      ),
      answer: Type.Union([IssuedToken, TokenRefusal]),
    }),
    refreshToken: operation({
      summary: 'Validates a token, its proof and its fingerprint, and goes on with the session under a new token.',
      method: 'POST',
      paths: ['/v1/Accounts/:accountSid/Tokens/refresh', '/v2/Accounts/:accountSid/Tokens/refresh'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 1500,
      input: Type.Object(
        {
          ...presented,
          lives: Lives,
          encrypt: Encrypt,
          refreshPerMinutePerSession: Limits.properties.refreshPerMinutePerSession,
        },
        { additionalProperties: false },
      ),
      answer: Type.Union([IssuedToken, TokenRefusal]),
    }),
    endSession: operation({
      summary: 'Ends a session at the wish of its holder, who passes everything that a refresh checks.',
      method: 'POST',
      paths: ['/v1/Accounts/:accountSid/Tokens/end', '/v2/Accounts/:accountSid/Tokens/end'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 1500,
      input: Type.Object(presented, { additionalProperties: false }),
      answer: Type.Union([Type.Object({ ended: Type.Literal(true), dpopNonce: DpopNonce, reported: Reported }), TokenRefusal]),
    }),
  },
} as const;
