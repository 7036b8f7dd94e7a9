// The API reference for people: the same contracts as the OpenAPI documents, as a page.

import type { Operation } from '@gangway/contracts/contract';
import { SignalHeaders } from '@gangway/contracts/fingerprint';
import { conversationOperator, operator } from '@gangway/contracts/operator';
import type { RefusalCode } from '@gangway/contracts/refusals';
import { clientFiles, clientFilesPath, commonRefusals, type PublicRoute, publicRoutes } from '@gangway/contracts/starship';
import { Type } from 'typebox';
import { exampleOf, memberRows, plain, typeInWords } from './json-schema.ts';
import { spellingsOf } from './openapi-public.ts';
import { refusalExample } from './openapi-refusals.ts';
import { serviceContracts } from './openapi-services.ts';

/** The whole page, as Markdown. */
export function apiPage(): string {
  return `${[
    introduction,
    '## Public routes',
    ...Object.values<PublicRoute>(publicRoutes).map(publicRoute),
    signals(),
    answers(),
    files(),
    '## Between the services',
    betweenServices,
    ...serviceContracts.flatMap(({ participant, operations }) => [
      `### ${participant}`,
      ...Object.values(operations).map(serviceRoute),
    ]),
    '## At the admin port',
    atTheAdminPort,
    ...[operator, conversationOperator].flatMap(({ operations }) => Object.values<Operation>(operations).map(serviceRoute)),
  ].join('\n\n')}\n`;
}

const introduction = `# API

What a page asks of Gangway, and what the services ask of each other. Generated from the contracts in
[packages/contracts](../packages/contracts/src/contract.ts), like the OpenAPI 3.1 documents of the
[public routes](api/openapi.json) and of the [routes between the services](api/openapi-services.json).

- Paths match without regard to case: \`/V2/webchat/token\` is \`/v2/Webchat/Token\`.
- Bodies are \`application/json\` or \`application/x-www-form-urlencoded\`, at most 16 KiB.
- Fields of a request are read in camelCase and in PascalCase: \`deploymentKey\` is \`DeploymentKey\`. Where both come, camelCase counts.
- A session that began with a [proof of possession](proof-of-possession.md) (the header \`DPoP\`) needs one at each request that presents its token.
- \`GET /.well-known/jwks.json\` has the public keys of [signed tokens](tokens.md#checking-a-signed-token-yourself).
- A deployment that names its \`allowedOrigins\` answers only pages of these: the request needs an \`Origin\` header that they cover.`;

const linkTo = (code: RefusalCode) => `[\`${code}\`](refusals/${code}.md)`;
const table = (head: readonly string[], rows: readonly string[]) =>
  [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows].join('\n');

function publicRoute({ summary, method, paths, fields, status, answer, refusals: own }: PublicRoute): string {
  const [path, ...aliases] = paths;
  const alias = aliases.length === 0 ? '' : ` Also as ${aliases.map((other) => `\`${other}\``).join(', ')}.`;
  const rows = Object.entries(fields).map(([name, field]) => {
    const { description = '', pattern } = plain(field);
    const spellings = spellingsOf(name).map((spelling) => `\`${spelling}\``);
    const optional = Type.IsOptional(field) ? ', may be left out' : '';
    return `| ${spellings.join(' or ')} | ${typeInWords(plain(field))}${optional} | ${description}${pattern === undefined ? '' : ` \`${pattern}\``} |`;
  });
  return [
    `### ${method} ${path}`,
    `${summary}${alias}`,
    `${method === 'POST' ? 'The body' : 'The query'}:`,
    table(['field', 'type', 'what it is'], rows),
    ...answerOf(status, answer),
    `Refuses with ${own.length === 0 ? '' : `${own.map(linkTo).join(', ')}, or `}[what every route refuses with](#refusals).`,
  ].join('\n\n');
}

function answerOf(status: number, answer: PublicRoute['answer']): string[] {
  if (answer === undefined) return [`Answers **${status}**, without a body.`];
  return [
    `Answers **${status}**:`,
    table(['member', 'type', 'what it is'], memberRows(plain(answer))),
    json(exampleOf(plain(answer))),
  ];
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}

function signals(): string {
  const rows = Object.entries(SignalHeaders).map(([name, schema]) => {
    const members = Object.entries(plain(schema).properties ?? {}).map(
      ([member, { description }]) => `\`${member}\`: ${description}`,
    );
    return `| \`x-webchat-sec-${name}\` | ${members.join('<br>')} | \`${JSON.stringify(exampleOf(plain(schema)))}\` |`;
  });
  return [
    '## Signals of the browser',
    'Where Webchat Security is on, a token is bound to the browser that asked for it. Every route that takes or makes a token then needs three headers, each a JSON object of at most 1 KiB. Every member is optional; a header that is missing or is no JSON object is refused with ' +
      `${linkTo('fingerprint_generation_failed')}. The prefix \`x-twilio-sec-\` does as well.`,
    table(['header', 'members', 'example'], rows),
    '`User-Agent`, `Accept-Language`, `Sec-CH-UA` and `Sec-CH-UA-Platform` count too; browsers send them by themselves. All of these can be copied by whoever sees a request: they stop the use of a token that got out alone, not of one that got out with its headers. [Signals](signals.md) says more.',
  ].join('\n\n');
}

function answers(): string {
  return [
    '## Headers of answers',
    table(
      ['header', 'what it says'],
      [
        '| `X-Request-Id` | Finds the request in the log. |',
        '| `Access-Control-Allow-Origin` | The origin of the request where the deployment allows it; `*` where it allows every origin, or where no deployment was found. Left out otherwise. |',
        '| `Access-Control-Expose-Headers` | What scripts of other origins may read. |',
        '| `Vary: Origin` | On every answer. |',
        '| `Cache-Control: no-store` | On every answer: a token must not lie in a cache. |',
        '| `DPoP-Nonce` | The nonce for the next [proof of possession](proof-of-possession.md); on answers to a POST, refusals too. |',
        '| `WWW-Authenticate` | `DPoP`, with the reason, where a proof is wanted or does not fit. |',
        '| `Retry-After` | Seconds, on 429 and 503. |',
        '| `Allow` | The methods that the route takes, on 405. |',
      ],
    ),
    '`OPTIONS` on each route answers the preflight of a browser with 204.',
    '## Refusals',
    `Every refusal has one shape. Programs decide by \`code\`; \`message\` is for people, and its words may change. Every route can refuse with ${commonRefusals.map(linkTo).join(', ')}; a path that is no route, with ${linkTo('not_found')}. [All codes](refusals/README.md) have a page, to which \`moreInfo\` links.`,
    json(refusalExample('origin_not_allowed')),
    `When a refresh or an end says of the token or its proof that it is not valid (${(['invalid_token', 'invalid_fingerprint', 'use_dpop_nonce', 'invalid_dpop_proof'] as const).map(linkTo).join(', ')}), the body bears \`"valid": false\` as well. Where a session begins there is no token yet, and no \`valid\`.`,
  ].join('\n\n');
}

function files(): string {
  return [
    '## Files for a page',
    'The client that a page embeds, for pages of any origin (`Access-Control-Allow-Origin: *`), with an `ETag`. [The quick start](quick-start.md) uses it.',
    table(
      ['path', 'what it is'],
      [
        `| \`GET ${clientFilesPath}\` | The list of these files with their hashes, as JSON, or as a page for who asks for \`text/html\`. |`,
        ...clientFiles.map(({ path, summary }) => `| \`GET ${path}\` | ${summary} |`),
      ],
    ),
  ].join('\n\n');
}

const betweenServices = `A service that runs alone is asked by the others through its service port; in one process the same operations are function calls. A call
bears \`Authorization: Gangway-Service …\`, a statement of caller, callee and expiry under a MAC with \`GANGWAY_SERVICE_SECRET\`. A caller that is not
named here is refused with ${linkTo('caller_not_allowed')} before its body is read. A verdict (\`authorized: false\`, \`valid: false\`) is an answer with
status 200; only failures are errors. Each answer of Scoped Auth bears \`dpopNonce\`, the nonce for the visitor's next proof. A \`backend\`
bears \`Authorization: Bearer gwb_…\`, a credential that [an operator made](operating.md#backends) for named accounts. Besides these routes there is
\`GET /v1/verify\`, for [proxies](verifying.md#behind-a-proxy).`;

const atTheAdminPort = `What the [command line](operating.md#the-command-line) asks of the node that runs Scoped Auth. A call bears \`Authorization: Bearer …\` with the
secret in the file \`admin.token\` of the data folder; without it, it is refused with ${linkTo('caller_not_allowed')}. Besides these there are
\`GET /health/live\`, \`GET /health/ready\` and \`GET /metrics\`, for everyone who reaches the port.`;

function serviceRoute({ summary, method, paths, callers, input, answer, latencyMsMax }: Operation): string {
  const [path, ...aliases] = paths.map((template) => template.replaceAll(/:(\w+)/g, '{$1}'));
  const alias = aliases.length === 0 ? '' : ` Also as ${aliases.map((other) => `\`${other}\``).join(', ')}.`;
  const { anyOf = [plain(answer)] } = plain(answer);
  return [
    `#### ${method} ${path}`,
    `${summary}${alias} Callers: ${callers.map((caller) => `\`${caller}\``).join(', ')}. They wait ${latencyMsMax} ms at most.`,
    Object.keys(plain(input).properties ?? {}).length === 0
      ? 'It takes nothing.'
      : table(['takes', 'type', 'what it is'], memberRows(plain(input))),
    ...anyOf.map((one) => table(['answers', 'type', 'what it is'], memberRows(one))),
  ].join('\n\n');
}
