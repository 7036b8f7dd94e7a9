// Hono, on every runtime: `app.use(visitorsOnly(verifier))`; then `context.get('visitor')` says who asks.

import type { MiddlewareHandler } from 'hono';
import { answerHeaders } from './answer-headers.ts';
import { refusalBody, type Visitor } from './verdict.ts';
import type { Verifier } from './verifier.ts';

/** A middleware that lets visitors through and answers all others. */
export function visitorsOnly(verifier: Verifier): MiddlewareHandler<{ Variables: { visitor: Visitor } }> {
  return async (context, next) => {
    const verdict = await verifier.verify(context.req.raw);
    const headers = answerHeaders(verifier, verdict);
    if (!verdict.authorized) return Response.json(refusalBody(verdict), { status: verdict.status, headers });
    context.set('visitor', verdict);
    await next();
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    return undefined;
  };
}
