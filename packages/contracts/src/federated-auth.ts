// Federated Auth (FAS): gives an anonymous visitor an identity and roles, and refreshes them.

import { Type } from 'typebox';
import { operation } from './contract.ts';
import { Fingerprint } from './fingerprint.ts';
import { Grants, Limits, Lives, Sensitivity } from './flex-configuration.ts';
import { Expiration, Identity, Token } from './scoped-auth.ts';
import { AccountSid, DeploymentSid } from './sids.ts';

/** A visitor's token and what it says of the visitor. */
export const VisitorToken = Type.Object({
  token: Token,
  identity: Identity,
  expiration: Expiration,
  roles: Grants,
});

export const federatedAuth = {
  participant: 'federated-auth',
  operations: {
    createToken: operation({
      summary: 'Begins a session: an identity, its roles and a token.',
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
          fingerprint: Type.Optional(Fingerprint),
        },
        { additionalProperties: false },
      ),
      answer: VisitorToken,
    }),
    refreshToken: operation({
      summary: 'Validates a token and its fingerprint, and goes on with the session under a new token.',
      method: 'POST',
      paths: ['/v1/Accounts/:accountSid/Tokens/refresh', '/v2/Accounts/:accountSid/Tokens/refresh'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 1500,
      input: Type.Object(
        {
          accountSid: AccountSid,
          token: Token,
          deploymentSid: DeploymentSid,
          sensitivity: Sensitivity,
          lives: Lives,
          refreshPerMinutePerSession: Limits.properties.refreshPerMinutePerSession,
          fingerprint: Type.Optional(Fingerprint),
        },
        { additionalProperties: false },
      ),
      answer: Type.Union([
        VisitorToken,
        Type.Object({
          valid: Type.Literal(false, { description: 'The session does not go on.' }),
          code: Type.Union([Type.Literal('invalid_token'), Type.Literal('invalid_fingerprint')], { description: 'Why not.' }),
          message: Type.String({ description: 'The same in words.' }),
        }),
      ]),
    }),
  },
} as const;
