// Refusals in OpenAPI: one schema of the body, and for each status of an operation the codes that it can bear.

import { type RefusalBody, type RefusalCode, refusalBody, refusals } from '@gangway/contracts/refusals';
import type { JsonSchema } from './json-schema.ts';

const requestId = '5f2c9d0e7b1a4c3f8e6d5a4b3c2d1e0f';

/** The bodies of refusals, as components. */
export const refusalSchemas = {
  Refusal: {
    type: 'object',
    required: ['code', 'message', 'status', 'requestId', 'moreInfo'],
    properties: {
      code: {
        type: 'string',
        enum: Object.keys(refusals),
        description: 'What programs decide by. It never changes its meaning.',
      },
      message: { type: 'string', description: 'What people read. Its words may change.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      requestId: { type: 'string', description: 'Finds the request in the log; also in the header X-Request-Id.' },
      moreInfo: { type: 'string', format: 'uri-reference', description: 'The page of the code.' },
    } satisfies Record<keyof RefusalBody, JsonSchema>,
  },
  RefreshVerdict: {
    description: 'The refusal of a token at refresh.',
    allOf: [
      { $ref: '#/components/schemas/Refusal' },
      { type: 'object', required: ['valid'], properties: { valid: { const: false } } },
    ],
  },
} as const;

const proofCodes: readonly RefusalCode[] = ['use_dpop_nonce', 'invalid_dpop_proof'];

/**
 * Whether a refusal of this code says of a token that it is not valid. One of a proof does on routes that take a token.
 * @param codes all codes of the route
 */
export function isVerdict(code: RefusalCode, codes: readonly RefusalCode[] = []): boolean {
  if (code === 'invalid_token' || code === 'invalid_fingerprint') return true;
  return proofCodes.includes(code) && codes.includes('invalid_token');
}

/** An example of a refusal's body, as the edge answers it. */
export function refusalExample(code: RefusalCode, publicUrl = 'https://chat.example'): object {
  const body = refusalBody(code, refusals[code].message, requestId, publicUrl);
  return isVerdict(code) ? { valid: false, ...body } : body;
}

/** The answers with refusals of an operation, by status. */
export function refusalAnswers(codes: readonly RefusalCode[], headers: Readonly<Record<string, object>>): Record<string, object> {
  const statuses = [...new Set(codes.map((code) => refusals[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const those = codes.filter((code) => refusals[code].status === status);
      const bodies = [...new Set(those.map((code) => (isVerdict(code, codes) ? 'RefreshVerdict' : 'Refusal')))];
      const [schema, ...more] = bodies.map((name) => ({ $ref: `#/components/schemas/${name}` }));
      const answer = {
        description: those.map((code) => `\`${code}\`: ${refusals[code].message}`).join('\n\n'),
        headers: { ...headers, ...headersOfStatus[status] },
        content: {
          'application/json': {
            schema: more.length === 0 ? schema : { anyOf: [schema, ...more] },
            examples: Object.fromEntries(those.map((code) => [code, { value: refusalExample(code) }])),
          },
        },
      };
      return [String(status), answer];
    }),
  );
}

const retryAfter = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } };
const headersOfStatus: Readonly<Record<number, Readonly<Record<string, object>>>> = {
  405: { Allow: { $ref: '#/components/headers/Allow' } },
  429: retryAfter,
  503: retryAfter,
};
