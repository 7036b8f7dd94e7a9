// Flex Configuration (FC): accounts, deployments and the configuration that a visitor's request needs of them.

import { type Static, Type } from 'typebox';
import { operation } from './contract.ts';
import { AccountSid, AddressSid, DeploymentKey, DeploymentSid } from './sids.ts';

/** What a visitor may do: at least the name of the grant, and whatever its backend wants to know with it. */
export const Grant = Type.Object(
  { grant: Type.String({ minLength: 1, maxLength: 64, description: 'The name of the grant.' }) },
  { additionalProperties: true, description: 'What a visitor may do; members besides `grant` are for the backend.' },
);
export const Grants = Type.Array(Grant, {
  maxItems: 16,
  description: 'What a visitor may do.',
  examples: [[{ grant: 'chat' }]],
});
export type Grants = Static<typeof Grants>;

/** How strictly a token is held to the browser that it was made for. */
export const Sensitivity = Type.Union([Type.Literal('off'), Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')], {
  default: 'medium',
  description: 'How strictly a token is held to the browser that it was made for.',
});
export type Sensitivity = Static<typeof Sensitivity>;

/** Whether sessions are bound to a key of the browser (RFC 9449). */
export const ProofOfPossession = Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
  default: 'optional',
  description:
    'Whether sessions are bound to a key of the browser (DPoP, RFC 9449). `off`: a new session is not, whatever it brings. `optional`: a session that brings a proof when it begins is bound. `required`: others are refused, at refresh too. A bound session must bring a proof ever after, whatever stands here.',
});
export type ProofOfPossession = Static<typeof ProofOfPossession>;

/** Whether a change of the browser's signals is refused, or only counted and shown to the operator. */
export const ReportOnly = Type.Boolean({
  default: false,
  description:
    'Whether a refusal by signals is only counted and logged, and let through: to try a level before it bites. Meanwhile no browser is refused by its signals.',
});

/** Whether tokens are encrypted, or signed for those who verify them by themselves. */
export const Encrypt = Type.Boolean({
  default: true,
  description:
    'Whether tokens are encrypted (JWE, only Gangway reads them) or signed (JWS, anyone reads them, and verifies them with the published keys). The signals are encrypted in both.',
});

/** Seconds that a token and its session live. */
export const lifeFields = {
  tokenTtlSeconds: Type.Integer({
    minimum: 30,
    maximum: 86_400,
    default: 1800,
    description: 'How long a token is valid, in seconds.',
  }),
  sessionIdleSeconds: Type.Integer({
    minimum: 60,
    maximum: 2_592_000,
    default: 7200,
    description: 'How long after its last token a session can still be refreshed, in seconds.',
  }),
  sessionMaxSeconds: Type.Integer({
    minimum: 60,
    maximum: 2_592_000,
    default: 86_400,
    description: 'How long a session lives at most, however often it is refreshed, in seconds.',
  }),
};
export const Lives = Type.Object(lifeFields, { description: 'How long tokens and sessions live.' });
export type Lives = Static<typeof Lives>;

export const Limits = Type.Object(
  {
    createPerMinutePerAddress: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 60,
      description:
        'Requests for a new session a minute from one network address (IPv6: one /64). A browser with a proof key makes two, for it has to ask for a nonce first.',
    }),
    refreshPerMinutePerSession: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 60,
      description: 'Refreshes a minute of one session.',
    }),
  },
  { description: 'How often a visitor may ask.' },
);

/** What FWO reads once for a request and keeps until its execution ends. Deployment settings are resolved: nothing is left to inherit. */
export const PublicConfiguration = Type.Object({
  accountSid: AccountSid,
  deploymentSid: DeploymentSid,
  deploymentKeys: Type.Array(DeploymentKey, { description: 'The keys under which pages know it.' }),
  addressSid: Type.Union([AddressSid, Type.Null()], { description: 'Where its conversations are routed to.' }),
  allowedOrigins: Type.Array(Type.String(), { description: 'The origins whose pages may use it. Empty: every page.' }),
  fingerprintSensitivity: Sensitivity,
  proofOfPossession: ProofOfPossession,
  reportOnly: ReportOnly,
  encrypt: Encrypt,
  webchatSecurityEnabled: Type.Boolean({ description: 'Whether tokens are bound to the browser.' }),
  grants: Grants,
  ...lifeFields,
  limits: Limits,
});
export type PublicConfiguration = Static<typeof PublicConfiguration>;

/** An account's configuration without a deployment: the defaults its deployments start from. */
export const AccountDefaults = Type.Omit(PublicConfiguration, ['deploymentSid']);

export const flexConfiguration = {
  participant: 'flex-configuration',
  operations: {
    publicConfiguration: operation({
      summary: "The public configuration of a deployment, or the account's defaults where no deployment key is given.",
      method: 'GET',
      paths: ['/v1/Configuration/Public'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 250,
      input: Type.Object(
        { AccountSid: Type.Optional(AccountSid), DeploymentKey: Type.Optional(DeploymentKey) },
        { additionalProperties: false },
      ),
      answer: Type.Union([PublicConfiguration, AccountDefaults]),
    }),
    deployments: operation({
      summary: 'The deployments that changed after a cursor: the feed from which the orchestrator keeps its snapshot.',
      method: 'GET',
      paths: ['/v1/Deployments'],
      callers: ['flex-webchat-orchestrator'],
      latencyMsMax: 5000,
      input: Type.Object(
        { after: Type.Optional(Type.String({ maxLength: 80, description: 'The cursor of the last answer.' })) },
        { additionalProperties: false },
      ),
      answer: Type.Object({
        cursor: Type.String({ description: 'Where the next question goes on.' }),
        complete: Type.Boolean({ description: 'The answer holds every deployment, and replaces what was known.' }),
        changed: Type.Array(PublicConfiguration, { description: 'The active deployments among them, as they are now.' }),
        removed: Type.Array(DeploymentSid, { description: 'Those that are active no more.' }),
      }),
    }),
  },
} as const;
