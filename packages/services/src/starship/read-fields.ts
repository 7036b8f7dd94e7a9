// The fields of a visitor's request: JSON or form, camelCase or PascalCase, checked against the route's schema.

import { Refusal, refusals } from '@gangway/contracts/refusals';
import type { PublicRoute } from '@gangway/contracts/starship';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

interface FieldCheck {
  readonly name: string;
  readonly pascalName: string;
  readonly optional: boolean;
  readonly check: (value: unknown) => value is string;
  readonly expected: string;
}

/** No route has a dozen fields; a page may send a few of its own besides. */
const membersMax = 64;
const depthMax = 8;

const checksByRoute = new WeakMap<PublicRoute, readonly FieldCheck[]>();

/**
 * Reads the fields that a route names.
 * @throws Refusal `unsupported_media_type`, or `invalid_request` that says which field is missing or malformed
 */
export function readFields(route: PublicRoute, request: FastifyRequest): Record<string, string> {
  // Fastify lets a request without a body and without a type through; the contract does not.
  if (route.method === 'POST' && request.headers['content-type'] === undefined) throw new Refusal('unsupported_media_type');
  const sent: unknown = route.method === 'POST' ? request.body : request.query;
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent)) {
    throw new Refusal('invalid_request', { message: `${refusals.invalid_request.message} The body must be an object.` });
  }
  const values = sent as Readonly<Record<string, unknown>>;
  const fields: Record<string, string> = {};
  for (const { name, pascalName, optional, check, expected } of checksOf(route)) {
    const value = Object.hasOwn(values, name) ? values[name] : Object.hasOwn(values, pascalName) ? values[pascalName] : undefined;
    // What may be left out is a wish: one that cannot be meant is none, and never an error.
    if (optional && (value === '' || !check(value))) continue;
    if (value === undefined) throw new Refusal('invalid_request', { message: `${name} is missing: ${expected}` });
    if (!check(value)) throw new Refusal('invalid_request', { message: `${name} is malformed: ${expected}` });
    fields[name] = value;
  }
  refuseStrangers(values, fields);
  return fields;
}

/** Members that no route has are let pass, for a page may send a few of its own; not by the hundred, and not endlessly deep. */
function refuseStrangers(values: Readonly<Record<string, unknown>>, fields: object): void {
  const names = Object.keys(values);
  if (names.length <= Object.keys(fields).length) return;
  if (names.length > membersMax || isDeeper(values, depthMax)) {
    throw new Refusal('invalid_request', { message: `Send at most ${membersMax} members, nested ${depthMax} deep at most.` });
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1));
}

function checksOf(route: PublicRoute): readonly FieldCheck[] {
  const kept = checksByRoute.get(route);
  if (kept !== undefined) return kept;
  const checks = Object.entries(route.fields).map(([name, schema]) => {
    const compiled = Compile(Type.Intersect([Type.String(), Type.Required(Type.Object({ field: schema })).properties.field]));
    return {
      name,
      optional: Type.IsOptional(schema),
      pascalName: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      check: (value: unknown): value is string => compiled.Check(value),
      expected: expectations[name] ?? '',
    };
  });
  checksByRoute.set(route, checks);
  return checks;
}

const expectations: Readonly<Record<string, string>> = {
  deploymentKey: 'send the public deployment key, CV and 32 hexadecimal digits.',
  token: 'send the token of the session, as it was given.',
  customerFriendlyName: 'send the name of the visitor, at most 256 characters.',
  preEngagementData: 'send a JSON object as text, at most 8192 characters.',
  identity: 'send the identity of the session, or leave it out.',
};
