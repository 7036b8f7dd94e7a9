// What an operator asks at the admin port of a node: of Scoped Auth, about keys, revocations, and the credentials of backends.

import { type Static, Type } from 'typebox';
import { operation } from './contract.ts';
import { Identity, RevocationKind } from './scoped-auth.ts';
import { AccountSid, ConversationSid } from './sids.ts';

const Reason = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "Why, in the operator's words. Say nothing about a person.",
});
const Moment = Type.String({ format: 'date-time', description: 'ISO 8601, UTC.' });
const KeyUse = Type.Union([Type.Literal('enc'), Type.Literal('sig')], { description: 'Encrypted or signed tokens.' });

/** A root key, as an operator sees it. Never its material. */
export const KeyDescription = Type.Object({
  id: Type.String({ description: 'Its name: the first part of the kid of its tokens.' }),
  use: KeyUse,
  state: Type.String({ description: 'published, active, retiring, retired or killed.' }),
  createdAt: Moment,
  stateSince: Moment,
  ageSeconds: Type.Integer({ description: 'Since it was made.' }),
  uses: Type.Integer({ description: 'Tokens made with it, as far as the nodes have told.' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was killed.' }),
});

/** A revocation, as an operator sees it. */
export const RevocationDescription = Type.Object({
  sequence: Type.Integer({ description: 'Its place in the feed.' }),
  kind: RevocationKind,
  subject: Type.String({ description: 'The id of what was revoked.' }),
  reason: Type.String({ description: 'Why.' }),
  createdAt: Moment,
  expiresAt: Moment,
  madeBy: Type.String({ description: 'The operator, or the service whose rule it was.' }),
});
export type RevocationDescription = Static<typeof RevocationDescription>;

const BackendId = Type.String({ minLength: 1, maxLength: 64, description: 'The id of the backend.' });
const BackendName = Type.String({ minLength: 1, maxLength: 64, description: "What it is, in the operator's words." });
const BackendAccounts = Type.Array(AccountSid, {
  minItems: 1,
  maxItems: 100,
  uniqueItems: true,
  description: 'The accounts whose tokens it may ask about. Those of others do not exist for it.',
});
const BackendCredential = Type.String({ description: 'What it shows as `Authorization: Bearer`. It is shown this once.' });

/** A backend that may ask about tokens, as an operator sees it. Never its credential. */
export const BackendDescription = Type.Object({
  id: BackendId,
  name: BackendName,
  accounts: BackendAccounts,
  createdAt: Moment,
  rotatedAt: Type.Union([Moment, Type.Null()], { description: 'When its credential was last replaced.' }),
  formerUntil: Type.Union([Moment, Type.Null()], { description: 'Until when the credential before that counts too.' }),
  revokedAt: Type.Union([Moment, Type.Null()], { description: 'Since when it may ask nothing.' }),
});
export type BackendDescription = Static<typeof BackendDescription>;

export const operator = {
  participant: 'scoped-auth',
  operations: {
    listKeys: operation({
      summary: 'Lists all root keys, and the subkeys that were killed.',
      method: 'GET',
      paths: ['/v1/Keys'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({}, { additionalProperties: false }),
      answer: Type.Object({
        keys: Type.Array(KeyDescription),
        killedKeyIds: Type.Array(Type.Object({ keyId: Type.String(), killedAt: Moment, reason: Type.String() })),
      }),
    }),
    rotateKeys: operation({
      summary: 'Has the next keys take over. Tokens stay valid.',
      method: 'POST',
      paths: ['/v1/Keys/rotate'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({}, { additionalProperties: false }),
      answer: Type.Object({
        rotations: Type.Array(Type.Object({ use: KeyUse, keyId: Type.String(), activeFrom: Moment })),
      }),
    }),
    killKey: operation({
      summary: 'Kills a root key, all keys of one run of a process, or one key: no token under it is valid any more.',
      method: 'POST',
      paths: ['/v1/Keys/kill'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object(
        {
          keyId: Type.String({ maxLength: 128, description: 'The kid of a token, or its first part, or its first two.' }),
          reason: Reason,
        },
        { additionalProperties: false },
      ),
      answer: Type.Union([
        Type.Object({
          killed: Type.Literal(true),
          kind: Type.Union([Type.Literal('root'), Type.Literal('instance'), Type.Literal('key')]),
        }),
        Type.Object({
          killed: Type.Literal(false),
          why: Type.Union([
            Type.Literal('malformed'),
            Type.Literal('unknown'),
            Type.Literal('already_killed'),
            Type.Literal('already_retired'),
          ]),
        }),
      ]),
    }),
    revoke: operation({
      summary: 'Revokes a token, session, identity, deployment or account. It is durable when the answer comes.',
      method: 'POST',
      paths: ['/v1/Revocations'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object(
        { kind: RevocationKind, subject: Type.String({ minLength: 1, maxLength: 64 }), reason: Reason },
        { additionalProperties: false },
      ),
      answer: Type.Object({ revoked: Type.Literal(true) }),
    }),
    listRevocations: operation({
      summary: 'Lists revocations in the order in which they were made, a hundred at once.',
      method: 'GET',
      paths: ['/v1/Revocations'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object(
        { after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'The sequence of the last one seen.' })) },
        { additionalProperties: false },
      ),
      answer: Type.Object({ revocations: Type.Array(RevocationDescription) }),
    }),
    createBackend: operation({
      summary: 'Lets a backend ask about the tokens of the accounts named, and of no others.',
      method: 'POST',
      paths: ['/v1/Backends'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({ name: BackendName, accounts: BackendAccounts }, { additionalProperties: false }),
      answer: Type.Object({ backend: BackendDescription, credential: BackendCredential }),
    }),
    listBackends: operation({
      summary: 'Lists the backends, oldest first, those that are revoked too.',
      method: 'GET',
      paths: ['/v1/Backends'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({}, { additionalProperties: false }),
      answer: Type.Object({ backends: Type.Array(BackendDescription) }),
    }),
    rotateBackend: operation({
      summary: 'Gives a backend a new credential. The one before counts for 24 hours more; one before that no longer.',
      method: 'POST',
      paths: ['/v1/Backends/rotate'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({ id: BackendId }, { additionalProperties: false }),
      answer: Type.Union([
        Type.Object({ rotated: Type.Literal(true), credential: BackendCredential, formerUntil: Moment }),
        Type.Object({ rotated: Type.Literal(false), why: Type.Union([Type.Literal('unknown'), Type.Literal('revoked')]) }),
      ]),
    }),
    revokeBackend: operation({
      summary: 'Ends all credentials of a backend, for good.',
      method: 'POST',
      paths: ['/v1/Backends/revoke'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Object({ id: BackendId }, { additionalProperties: false }),
      answer: Type.Union([
        Type.Object({ revoked: Type.Literal(true) }),
        Type.Object({
          revoked: Type.Literal(false),
          why: Type.Union([Type.Literal('unknown'), Type.Literal('already_revoked')]),
        }),
      ]),
    }),
  },
} as const;

/** What an operator asks of the orchestrator: to forget a visitor. */
export const conversationOperator = {
  participant: 'flex-webchat-orchestrator',
  operations: {
    forgetConversations: operation({
      summary: 'Deletes what is kept of conversations: all of a visitor, by the identity, or one, by its sid.',
      method: 'POST',
      paths: ['/v1/Conversations/forget'],
      callers: ['operator'],
      latencyMsMax: 5000,
      input: Type.Union([
        Type.Object({ identity: Identity }, { additionalProperties: false }),
        Type.Object({ conversationSid: ConversationSid }, { additionalProperties: false }),
      ]),
      answer: Type.Object({ deleted: Type.Integer({ minimum: 0, description: 'How many records there were.' }) }),
    }),
  },
} as const;
