// The contracts' schemas as plain JSON Schema: with references to the ones that have a name, with example values, and in
// words for a table.

import { DeclaredAccount, DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { VisitorToken } from '@gangway/contracts/federated-auth';
import { Fingerprint, SignalHeaders } from '@gangway/contracts/fingerprint';
import {
  AccountDefaults,
  Grant,
  Grants,
  Limits,
  Lives,
  ProofOfPossession,
  PublicConfiguration,
  Sensitivity,
} from '@gangway/contracts/flex-configuration';
import { OrchestratorAnswer, Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import { Expiration, Identity, Session, Token } from '@gangway/contracts/scoped-auth';
import { AccountSid, AddressSid, DeploymentKey, DeploymentSid } from '@gangway/contracts/sids';
import { publicRoutes } from '@gangway/contracts/starship';

/** The part of JSON Schema that the contracts use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
}

/** The schema as JSON says it. */
export function plain(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

const signalHeaderSchemas = Object.entries(SignalHeaders).map(([name, schema]) => [`SignalHeader_${name}`, schema] as const);
const named: Readonly<Record<string, object>> = {
  AccountSid,
  DeploymentSid,
  DeploymentKey,
  AddressSid,
  Token,
  Identity,
  Expiration,
  Grant,
  Grants,
  Sensitivity,
  ProofOfPossession,
  Lives,
  Limits,
  Fingerprint,
  Session,
  VisitorToken,
  TokenAnswer: publicRoutes.createToken.answer,
  OriginAnswer: publicRoutes.explainOrigin.answer,
  PublicConfiguration,
  AccountDefaults,
  Visitor,
  OrchestratorAnswer,
  DeclaredDeployment,
  DeclaredAccount,
  ...Object.fromEntries(signalHeaderSchemas),
};
const nameByText = new Map(Object.entries(named).map(([name, schema]) => [JSON.stringify(plain(schema)), name]));

/** Replaces each schema that has a name by a reference to it, and notes the names in `used`. */
export function withReferences(schema: JsonSchema, used: Set<string>, isRoot = false): JsonSchema {
  const name = isRoot ? undefined : nameByText.get(JSON.stringify(schema));
  if (name !== undefined) {
    used.add(name);
    return { $ref: `#/components/schemas/${name}` };
  }
  const { properties, items, anyOf } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, withReferences(value, used)])),
    }),
    ...(items && { items: withReferences(items, used) }),
    ...(anyOf && { anyOf: anyOf.map((member) => withReferences(member, used)) }),
  };
}

/** The schemas behind the names that were used, and behind those that these use in turn. */
export function componentSchemas(used: Set<string>): Readonly<Record<string, JsonSchema>> {
  const schemas: Record<string, JsonSchema> = {};
  // A set hands out what is added to it while it is walked.
  for (const name of used) schemas[name] = withReferences(plain(named[name] ?? {}), used, true);
  return Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A value that the schema admits, for examples. */
export function exampleOf(schema: JsonSchema): unknown {
  const { examples, anyOf, properties = {}, required = [], items } = schema;
  if (examples?.[0] !== undefined) return examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (anyOf?.[0] !== undefined) return exampleOf(anyOf[0]);
  if (items !== undefined) return [exampleOf(items)];
  if (schema.type === 'object') {
    return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]));
  }
  if (schema.type === 'integer') return schema.minimum ?? 1;
  return schema.type === 'boolean' ? true : '…';
}

/** The type of a value, in words. */
export function typeInWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeInWords).join(' or ');
  if (schema.items !== undefined) return `list of ${typeInWords(schema.items).replace(/^(?:object|string)/, '$&s')}`;
  const { type = 'anything', format, minimum, maximum, properties } = schema;
  if (properties !== undefined)
    return `object with ${Object.keys(properties)
      .map((name) => `\`${name}\``)
      .join(', ')}`;
  const range = minimum === undefined ? '' : ` from ${minimum}${maximum === undefined ? '' : ` to ${maximum}`}`;
  return `${format ?? type}${range}`;
}

/** The rows of a table of members: name, type, what it is. */
export function memberRows(schema: JsonSchema): readonly string[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).map(([name, member]) => {
    const optional = required.includes(name) ? '' : 'Optional. ';
    return `| \`${name}\` | ${typeInWords(member)} | ${optional}${member.description ?? ''} |`;
  });
}
