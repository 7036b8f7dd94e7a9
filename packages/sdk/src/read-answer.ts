// What Gangway answers, told from what something in between answers in its place.

import { GangwayError } from './gangway-error.ts';
import { fits } from './shape.ts';

/** What every error body of the contract has. */
const refusal = { code: '', message: '', requestId: '' };

/**
 * The JSON of an answer, which must be of that shape.
 * @throws GangwayError what Gangway refused, or `unexpected_answer` where it was not Gangway that answered
 */
export async function readAnswer(response: Response, shape: object): Promise<unknown> {
  const { ok, status, headers } = response;
  const body = await response.json().catch(() => undefined);
  if (ok && fits(shape, body)) return body;
  const said: Partial<GangwayError> = !ok && fits(refusal, body) ? body : {};
  const { code = 'unexpected_answer', message = 'The answer is not of Gangway.' } = said;
  // Gangway never sends the other form of this header, a date (RFC 9110, 10.2.3).
  const retryAfterSeconds = Number(headers.get('retry-after')) || undefined;
  throw new GangwayError(code, message, { ...said, status, retryAfterSeconds });
}
