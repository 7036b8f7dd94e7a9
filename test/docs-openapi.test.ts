// The OpenAPI documents are sound: what they refer to is there, names are unique, parameters of paths are described, and
// nothing that the contracts say is missing.

import { refusals } from '@gangway/contracts/refusals';
import { type PublicRoute, publicRoutes } from '@gangway/contracts/starship';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { exampleOf, plain } from '../tools/docs/json-schema.ts';
import { publicOpenApi } from '../tools/docs/openapi-public.ts';
import { serviceContracts, serviceOpenApi } from '../tools/docs/openapi-services.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly $ref?: string;
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly 'x-callers'?: readonly string[];
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const documents = { public: publicOpenApi('0.0.0') as Document, services: serviceOpenApi('0.0.0') as Document };
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

/** Every `$ref` in a document. */
function referencesIn(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => (key === '$ref' ? [String(member)] : referencesIn(member)));
}

function resolve(document: object, reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], document);
}

describe.each(Object.entries(documents))('the document of the %s routes', (_, document) => {
  it('has what OpenAPI 3.1 needs', () => {
    expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\.1\.\d+$/), info: { title: expect.any(String) } });
    expect(document.servers.map(({ url }) => URL.canParse(url))).toEqual([true]);
    expect(Object.keys(document.paths).every((path) => path.startsWith('/'))).toBe(true);
  });

  it('refers only to what it holds, and holds nothing that is not referred to', () => {
    const references = new Set(referencesIn(document));
    expect([...references].filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
    const { schemas, headers = {} } = resolve(document, '#/components') as Record<string, Record<string, object>>;
    const held = [
      ...Object.keys(schemas ?? {}).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(headers).map((name) => `#/components/headers/${name}`),
    ];
    expect(held.filter((name) => !references.has(name) && !/Refusal$|RefreshVerdict$/.test(name))).toEqual([]);
  });

  it('names every operation once, with a tag that is described', () => {
    const operations = operationsOf(document).map(({ operation }) => operation);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    expect(operations.filter((operation) => !operation.summary || !operation.tags.every((tag) => tags.includes(tag)))).toEqual(
      [],
    );
  });

  it('describes the parameters of every path, and every answer', () => {
    for (const { path, operation } of operationsOf(document)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect([path, described.map(({ name }) => name)]).toEqual([path, inPath]);
      expect(described.every(({ required }) => required === true)).toBe(true);
      expect(Object.keys(operation.responses).every((status) => /^[2-5]\d\d$|^default$/.test(status))).toBe(true);
      expect(Object.values(operation.responses).every(({ description }) => description !== '')).toBe(true);
    }
  });
});

describe('the public routes', () => {
  const cases = Object.entries<PublicRoute>(publicRoutes);

  it.each(cases)('%s: under every path, with both media types and every refusal', (_, route) => {
    for (const path of route.paths) {
      const operation = documents.public.paths[path]?.[route.method.toLowerCase()];
      const statuses = route.refusals.map((code) => String(refusals[code].status));
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining([String(route.status), ...statuses]));
      expect(documents.public.paths[path]?.options?.responses).toHaveProperty('204');
      if (route.method !== 'POST') continue;
      expect(Object.keys(operation?.requestBody?.content ?? {})).toEqual([
        'application/json',
        'application/x-www-form-urlencoded',
      ]);
      expect(JSON.stringify(operation?.requestBody)).toContain('"DeploymentKey"');
    }
  });

  const answered = cases.filter(([, { answer }]) => answer !== undefined);
  it.each(answered)('%s: its example is an answer that the schema admits', (_, { answer }) => {
    if (answer === undefined) throw new TypeError('filtered out above');
    expect(Compile(answer).Check(exampleOf(plain(answer)))).toBe(true);
  });
});

it.each(serviceContracts)('the operations of $participant are described, with their callers', ({ participant, operations }) => {
  for (const { paths, method, callers } of Object.values(operations)) {
    for (const path of paths) {
      const described = documents.services.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect(described?.['x-callers']).toEqual(callers);
      expect(described?.tags).toEqual([participant]);
    }
  }
});
