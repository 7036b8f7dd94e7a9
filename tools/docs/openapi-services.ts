// OpenAPI 3.1 of the routes between the services, made of the participants' contracts. A document of its own: it has
// another address and other callers, and the orchestrator's paths are those of the edge.

import type { Contract, Operation } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import type { RefusalCode } from '@gangway/contracts/refusals';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import { componentSchemas, type JsonSchema, plain, withReferences } from './json-schema.ts';
import { refusalAnswers, refusalSchemas } from './openapi-refusals.ts';

/** The contracts between the services, in the order in which a request meets them. */
export const serviceContracts: readonly Contract[] = [flexWebchatOrchestrator, flexConfiguration, federatedAuth, scopedAuth];

/** The refusals of every service route. */
const serviceRefusals = ['invalid_request', 'caller_not_allowed', 'internal'] as const satisfies readonly RefusalCode[];
const bodyRefusals = ['payload_too_large', 'unsupported_media_type'] as const satisfies readonly RefusalCode[];

/** The document. */
export function serviceOpenApi(version: string): object {
  const used = new Set<string>();
  const paths: Record<string, object> = {};
  for (const { participant, operations } of serviceContracts) {
    for (const [name, operation] of Object.entries(operations)) {
      for (const [index, path] of operation.paths.entries()) {
        paths[path.replaceAll(/:(\w+)/g, '{$1}')] = {
          [operation.method.toLowerCase()]: describe(participant, name, operation, index, used),
        };
      }
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gangway: routes between the services',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What the services ask of each other where they run in several processes. In one process the same operations are plain function calls. Each route admits the callers that its contract names, and nobody else.',
    },
    servers: [{ url: 'http://localhost:4002', description: 'The service port of a node on this machine.' }],
    security: [{ service: [] }],
    tags: serviceContracts.map(({ participant }) => ({ name: participant })),
    paths,
    components: {
      schemas: { ...componentSchemas(used), ...refusalSchemas },
      securitySchemes: {
        service: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description:
            '`Gangway-Service <caller>.<callee>.<expiry>.<MAC>`: a statement that lives a minute, under HMAC-SHA256 with GANGWAY_SERVICE_SECRET.',
        },
        backend: { type: 'http', scheme: 'bearer', description: '`gwb_<id>_<secret>`: made by an operator for named accounts.' },
      },
    },
  };
}

function describe(participant: string, name: string, operation: Operation, index: number, used: Set<string>): object {
  const input = plain(operation.input);
  const inPath = [...operation.paths[0].matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter);
  const isQuery = operation.method === 'GET';
  const parameters = Object.entries(input.properties ?? {})
    .filter(([field]) => isQuery || inPath.includes(field))
    .map(([field, { description, ...schema }]) => ({
      name: field,
      in: inPath.includes(field) ? 'path' : 'query',
      required: input.required?.includes(field) ?? false,
      description,
      schema,
    }));
  const refusals = [...serviceRefusals, ...(isQuery ? [] : bodyRefusals)];
  return {
    operationId: `${name}Of_${participant.replaceAll('-', '_')}${index === 0 ? '' : `_alias${index}`}`,
    summary: operation.summary,
    description: `Callers: ${operation.callers.join(', ')}. A caller waits ${operation.latencyMsMax} ms at most.`,
    tags: [participant],
    'x-callers': operation.callers,
    ...(operation.callers.includes('backend') && { security: securityOf(operation.callers) }),
    ...(parameters.length > 0 && { parameters }),
    ...(!isQuery && {
      requestBody: { required: true, content: { 'application/json': { schema: withReferences(without(input, inPath), used) } } },
    }),
    responses: {
      '200': {
        description: 'The answer. A verdict is an answer too.',
        content: { 'application/json': { schema: withReferences(plain(operation.answer), used) } },
      },
      ...refusalAnswers(refusals, {}),
      default: {
        description: 'Another refusal.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    },
  };
}

/** A route that only backends call admits no statement of a service. */
function securityOf(callers: Operation['callers']): object[] {
  return callers.length === 1 ? [{ backend: [] }] : [{ service: [] }, { backend: [] }];
}

function without({ properties = {}, required = [], ...rest }: JsonSchema, names: readonly string[]): JsonSchema {
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))),
    required: required.filter((name) => !names.includes(name)),
  };
}
