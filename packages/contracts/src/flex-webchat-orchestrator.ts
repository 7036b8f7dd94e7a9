// FlexWebchatOrchestrator (FWO): deployment key to account to configuration, the origin decision, the fingerprint, and
// the request for the token. Starship carries the visitor's requests to it.

import { type Static, Type } from 'typebox';
import { operation } from './contract.ts';
import { DpopNonce, PresentedProof } from './proof.ts';
import { Token } from './scoped-auth.ts';
import { DeploymentKey } from './sids.ts';

const Header = Type.Optional(Type.String({ maxLength: 2048 }));

/** The header names of the signals, without their prefix `x-twilio-sec-` or `x-webchat-sec-`. */
export const signalHeaders = ['usersettings', 'webchatinfo', 'decoders'] as const;

/** What Init receives about a person: it goes to the conversation's record only, and is never logged. */
export const CustomerFriendlyName = Type.String({ maxLength: 256, description: "The visitor's name, as the page gives it." });
export const PreEngagementData = Type.String({
  maxLength: 8192,
  description: 'What the visitor told before the chat: a JSON object, as text.',
});

/** What the edge passes on of a visitor's request besides its fields. */
export const Visitor = Type.Object(
  {
    address: Type.String({ maxLength: 64, description: 'The network address, for limits. Never logged or stored.' }),
    origin: Header,
    secFetchSite: Header,
    formEncoded: Type.Boolean({ description: 'The body is of a kind that a plain HTML form can send.' }),
    customHeaders: Type.Boolean({
      description: 'The type of the body, or at least one header, makes a browser ask with a preflight first.',
    }),
    userAgent: Header,
    acceptLanguage: Header,
    clientHintBrands: Header,
    clientHintPlatform: Header,
    usersettings: Header,
    webchatinfo: Header,
    decoders: Header,
    proof: Type.Optional(PresentedProof),
  },
  { additionalProperties: false, description: 'The headers that decisions are made by, and the network address.' },
);
export type Visitor = Static<typeof Visitor>;

/** FWO's answer to the edge: an HTTP answer, which the edge gives the visitor. */
export const OrchestratorAnswer = Type.Object({
  status: Type.Integer({ description: 'The HTTP status.' }),
  accessControlAllowOrigin: Type.Optional(
    Type.String({ description: '`*`, or the allowed origins separated by commas. Missing where no deployment was found.' }),
  ),
  retryAfterSeconds: Type.Optional(Type.Integer({ description: 'For the header Retry-After.' })),
  dpopNonce: Type.Optional(DpopNonce),
  body: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What the visitor gets.' })),
});
export type OrchestratorAnswer = Static<typeof OrchestratorAnswer>;

const withToken = { deploymentKey: DeploymentKey, token: Token, visitor: Visitor };

export const flexWebchatOrchestrator = {
  participant: 'flex-webchat-orchestrator',
  operations: {
    createToken: operation({
      summary: 'Begins a session for a visitor.',
      method: 'POST',
      paths: ['/v2/Webchat/Token', '/v2/Webchat/Tokens'],
      callers: ['starship'],
      latencyMsMax: 2000,
      input: Type.Object({ deploymentKey: DeploymentKey, visitor: Visitor }, { additionalProperties: false }),
      answer: OrchestratorAnswer,
    }),
    refreshToken: operation({
      summary: "Goes on with a visitor's session under a new token.",
      method: 'POST',
      paths: ['/v2/Webchat/Token/Refresh', '/v2/Webchat/Tokens/Refresh'],
      callers: ['starship'],
      latencyMsMax: 2000,
      input: Type.Object(withToken, { additionalProperties: false }),
      answer: OrchestratorAnswer,
    }),
    endSession: operation({
      summary: "Ends a visitor's session.",
      method: 'POST',
      paths: ['/v2/Webchat/Token/End', '/v2/Webchat/Tokens/End'],
      callers: ['starship'],
      latencyMsMax: 2000,
      input: Type.Object(withToken, { additionalProperties: false }),
      answer: OrchestratorAnswer,
    }),
    init: operation({
      summary: 'Begins a session and a conversation for a visitor.',
      method: 'POST',
      paths: ['/v2/Webchat/Init'],
      callers: ['starship'],
      latencyMsMax: 2000,
      input: Type.Object(
        {
          deploymentKey: DeploymentKey,
          customerFriendlyName: CustomerFriendlyName,
          preEngagementData: PreEngagementData,
          identity: Type.Optional(Type.String({ maxLength: 64 })),
          token: Type.Optional(Token),
          visitor: Visitor,
        },
        { additionalProperties: false },
      ),
      answer: OrchestratorAnswer,
    }),
    explainOrigin: operation({
      summary: "Says whether the request's own origin may use a deployment, and why not.",
      method: 'GET',
      paths: ['/v2/Webchat/Origin'],
      callers: ['starship'],
      latencyMsMax: 2000,
      input: Type.Object(
        { deploymentKey: DeploymentKey, origin: Header, address: Visitor.properties.address },
        { additionalProperties: false },
      ),
      answer: OrchestratorAnswer,
    }),
  },
} as const;
