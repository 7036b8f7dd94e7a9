// OpenAPI 3.1 of the public routes, made of their contract.

import { SignalHeaders } from '@gangway/contracts/fingerprint';
import { commonRefusals, exposedAnswerHeaders, type PublicRoute, publicRoutes } from '@gangway/contracts/starship';
import { Type } from 'typebox';
import { componentSchemas, exampleOf, type JsonSchema, plain, withReferences } from './json-schema.ts';
import { clientPaths } from './openapi-client.ts';
import { refusalAnswers, refusalSchemas } from './openapi-refusals.ts';

/** Both spellings in which a field is read. */
export function spellingsOf(name: string): readonly [string, string] {
  return [name, `${name.charAt(0).toUpperCase()}${name.slice(1)}`];
}

/** The document. */
export function publicOpenApi(version: string): object {
  const used = new Set<string>();
  const paths: Record<string, object> = {};
  for (const [name, route] of Object.entries<PublicRoute>(publicRoutes)) {
    for (const [index, path] of route.paths.entries()) paths[path] = pathItem(name, route, index, used);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gangway: public routes',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What the page of a visitor asks of Starship, the public edge. Paths match without regard to case. Fields of a request are read in camelCase and in PascalCase.',
    },
    servers: [{ url: 'http://localhost:4000', description: 'A node on this machine.' }],
    security: [],
    tags: [
      { name: 'starship', description: 'The public edge.' },
      { name: 'client', description: 'What a page embeds.' },
    ],
    paths: { ...paths, ...clientPaths },
    components: { schemas: { ...componentSchemas(used), ...refusalSchemas }, parameters, headers: headerComponents },
  };
}

function pathItem(name: string, route: PublicRoute, index: number, used: Set<string>): object {
  const suffix = index === 0 ? '' : `Alias${index}`;
  const operation = {
    operationId: `${name}${suffix}`,
    summary: route.summary,
    tags: ['starship'],
    ...(index > 0 && { description: `The same as \`${route.paths[0]}\`.` }),
    ...(route.method === 'POST' ? bodyOf(route, used) : queryOf(route, used)),
    responses: {
      [route.status]: {
        description: 'Done.',
        headers: answerHeaders,
        ...(route.answer !== undefined && {
          content: { 'application/json': { schema: withReferences(plain(route.answer), used) } },
        }),
      },
      ...refusalAnswers([...commonRefusals, ...route.refusals], answerHeaders),
    },
  };
  const options = {
    operationId: `${name}${suffix}Preflight`,
    summary: 'Answers the preflight of a browser: any page may ask, and the request itself is judged when it comes.',
    tags: ['starship'],
    responses: { '204': { description: 'The methods and headers that may be sent.', headers: preflightHeaders } },
  };
  return { [route.method.toLowerCase()]: operation, options };
}

function bodyOf({ fields }: PublicRoute, used: Set<string>): object {
  const entries = Object.entries(fields);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      entries.flatMap(([name, field]) => spellingsOf(name).map((spelling) => [spelling, withReferences(plain(field), used)])),
    ),
    // One spelling of each field is enough; where both come, camelCase counts.
    allOf: entries
      .filter(([, field]) => !Type.IsOptional(field))
      .map(([name]) => ({ anyOf: spellingsOf(name).map((spelling) => ({ required: [spelling] })) })),
  };
  const example = Object.fromEntries(entries.map(([name, field]) => [name, exampleOf(plain(field))]));
  const media = { schema, example };
  return {
    parameters: Object.keys(parameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: { 'application/json': media, 'application/x-www-form-urlencoded': media },
    },
  };
}

function queryOf({ fields }: PublicRoute, used: Set<string>): object {
  return {
    parameters: Object.entries(fields).flatMap(([name, field]) => {
      const spellings = spellingsOf(name);
      return spellings.map((spelling) => ({
        name: spelling,
        in: 'query',
        required: false,
        description: `One of \`${spellings.join('` and `')}\` is needed.`,
        schema: withReferences(plain(field), used),
      }));
    }),
  };
}

const text = { type: 'string' } as const;
const headerParameter = (name: string, description: string, rest: object) => ({
  name,
  in: 'header',
  required: false,
  description,
  ...rest,
});

/** The request headers that mean something, beside those that every browser sends. */
const parameters: Readonly<Record<string, object>> = Object.fromEntries([
  ...Object.entries(SignalHeaders).flatMap(([name, schema]) =>
    ['webchat', 'twilio'].map((prefix): [string, object] => {
      const { examples: [example] = [], ...rest } = plain(schema) as JsonSchema;
      const header = `X-${prefix}-Sec-${name}`;
      const description = `A signal of the browser: a JSON object of at most 1 KiB. Needed with either prefix, \`x-webchat-sec-\` or \`x-twilio-sec-\`, where Webchat Security is on.`;
      return [
        header,
        headerParameter(header.toLowerCase(), description, { content: { 'application/json': { schema: rest, example } } }),
      ];
    }),
  ),
  [
    'Origin',
    headerParameter('Origin', 'The origin of the page; browsers set it.', {
      schema: text,
      example: 'https://www.owlbikes.example',
    }),
  ],
  [
    'X-Requested-With',
    headerParameter(
      'X-Requested-With',
      'Any value: shows that the browser asked with a preflight first. For form bodies without signal headers.',
      {
        schema: text,
      },
    ),
  ],
  [
    'DPoP',
    headerParameter(
      'DPoP',
      'A proof of possession (RFC 9449) with the nonce of the last DPoP-Nonce. Binds a session when it begins; needed ever after.',
      {
        schema: text,
      },
    ),
  ],
  ['UI-Version', headerParameter('UI-Version', 'The version of the widget; any value.', { schema: text })],
  ['Webchat-Version', headerParameter('Webchat-Version', 'The version of the chat; any value.', { schema: text })],
]);

const header = (description: string, schema: object = text) => ({ description, schema });
const headerComponents = {
  'X-Request-Id': header('Finds the request in the log.'),
  'Access-Control-Allow-Origin': header(
    'The origin of the request where the deployment allows it, or `*` where the deployment allows every origin or none was found. Left out otherwise.',
  ),
  'Access-Control-Expose-Headers': header('What scripts of other origins may read.', { const: exposedAnswerHeaders.join(', ') }),
  'Cache-Control': header('A token must not lie in a cache.', { const: 'no-store' }),
  Vary: header('Answers differ by origin.', { const: 'Origin' }),
  'Retry-After': header('Seconds until another try makes sense.', { type: 'integer', minimum: 1 }),
  Allow: header('The methods that the route takes.'),
};
const reference = (name: keyof typeof headerComponents) => [name, { $ref: `#/components/headers/${name}` }] as const;
const answerHeaders = Object.fromEntries([
  reference('X-Request-Id'),
  reference('Access-Control-Allow-Origin'),
  reference('Access-Control-Expose-Headers'),
  reference('Cache-Control'),
  reference('Vary'),
]);
const preflightHeaders = {
  'Access-Control-Allow-Origin': header('Any page may ask.', { const: '*' }),
  'Access-Control-Allow-Methods': header('The method of the route.'),
  'Access-Control-Allow-Headers': header('The headers that may be sent, by name.'),
  'Access-Control-Max-Age': header('Seconds that the browser may remember it.', { type: 'string' }),
  Vary: header('Answers differ by origin.', { const: 'Origin' }),
};
