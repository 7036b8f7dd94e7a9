// The file that GANGWAY_CONFIG names: accounts and deployments as an operator declares them. Types, checks and the
// reference page follow from this schema.

import { type Static, Type } from 'typebox';
import { Encrypt, Grants, Limits, lifeFields, ProofOfPossession, ReportOnly, Sensitivity } from './flex-configuration.ts';
import { AccountSid, AddressSid, DeploymentKey, DeploymentSid } from './sids.ts';

const { tokenTtlSeconds, sessionIdleSeconds, sessionMaxSeconds } = lifeFields;
const FriendlyName = Type.String({ maxLength: 128, description: 'What people call it.' });
const SecurityFlag = Type.Boolean({
  description:
    'The feature flag "Webchat Security": whether tokens are bound to the browser. A flag service of yours can overrule it.',
});

export const DeclaredDeployment = Type.Object(
  {
    sid: Type.Optional(DeploymentSid),
    deploymentKeys: Type.Array(DeploymentKey, {
      minItems: 1,
      maxItems: 16,
      uniqueItems: true,
      description: 'The public keys that pages embed. Several while one replaces another.',
    }),
    friendlyName: Type.Optional(FriendlyName),
    addressSid: Type.Optional(AddressSid),
    allowedOrigins: Type.Optional(
      Type.Array(Type.String({ maxLength: 320 }), {
        maxItems: 10_000,
        default: [],
        description:
          'The origins whose pages may use the deployment. Empty: every page may. An entry is an origin (`https://shop.example`), all subdomains (`https://*.shop.example`), any port (`http://localhost:*`), an app scheme (`capacitor://localhost`) or the word `null`.',
      }),
    ),
    fingerprintSensitivity: Type.Optional(Sensitivity),
    webchatSecurityEnabled: Type.Optional(SecurityFlag),
    proofOfPossession: Type.Optional(ProofOfPossession),
    reportOnly: Type.Optional(ReportOnly),
    encrypt: Type.Optional(Encrypt),
    enabled: Type.Optional(
      Type.Boolean({ default: true, description: 'A disabled deployment looks like an unknown one, to refreshes too.' }),
    ),
    grants: Type.Optional(Grants),
    tokenTtlSeconds: Type.Optional(tokenTtlSeconds),
    sessionIdleSeconds: Type.Optional(sessionIdleSeconds),
    sessionMaxSeconds: Type.Optional(sessionMaxSeconds),
    limits: Type.Optional(Type.Partial(Limits, { additionalProperties: false })),
  },
  { additionalProperties: false },
);
export type DeclaredDeployment = Static<typeof DeclaredDeployment>;

export const DeclaredAccount = Type.Object(
  {
    sid: AccountSid,
    friendlyName: Type.Optional(FriendlyName),
    webchatSecurityEnabled: Type.Optional(SecurityFlag),
    deployments: Type.Array(DeclaredDeployment, { maxItems: 10_000, description: 'Where the chat is embedded.' }),
  },
  { additionalProperties: false },
);

export const DeclaredConfiguration = Type.Object(
  { accounts: Type.Array(DeclaredAccount, { maxItems: 10_000 }) },
  { additionalProperties: false },
);
export type DeclaredConfiguration = Static<typeof DeclaredConfiguration>;
