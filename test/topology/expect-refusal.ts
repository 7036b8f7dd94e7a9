// The shape of every refusal: the same members everywhere, and nothing besides them.

import { type RefusalCode, refusals } from '@gangway/contracts/refusals';
import { expect } from 'vitest';
import type { Answer } from './visitor.ts';

/**
 * Expects an answer to be just this refusal: status, body and the headers that all refusals of the edge bear.
 * @param publicUrl what the link to the docs begins with
 * @param members what this code's body has besides the common members
 */
export function expectRefusal(
  { status, headers, body }: Answer,
  code: RefusalCode,
  publicUrl: string,
  members: Readonly<Record<string, unknown>> = {},
): void {
  expect(body).toEqual({
    code,
    message: expect.stringMatching(/^[A-Za-z].{10,}\.$/),
    status: refusals[code].status,
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    moreInfo: `${publicUrl}/docs/refusals/${code}`,
    ...members,
  });
  expect(status).toBe(refusals[code].status);
  expect(headers['x-request-id']).toBe(body.requestId);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers.vary).toBe('Origin');
}
