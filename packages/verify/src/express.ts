// Express: `app.use(visitorsOnly(verifier))`; then `request.visitor` says who asks.

import type { NextFunction, Request, Response } from 'express';
import { answerHeaders } from './answer-headers.ts';
import { refusalBody, type Visitor } from './verdict.ts';
import type { Verifier } from './verifier.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Who asks; there wherever `visitorsOnly` stands before the handler. */
    visitor?: Visitor;
  }
}

/** A middleware that lets visitors through and answers all others. */
export function visitorsOnly(verifier: Verifier): (request: Request, response: Response, next: NextFunction) => Promise<void> {
  return async (request, response, next) => {
    const verdict = await verifier.verify(request);
    response.set(answerHeaders(verifier, verdict));
    if (verdict.authorized) {
      request.visitor = verdict;
      next();
    } else {
      response.status(verdict.status).json(refusalBody(verdict));
    }
  };
}
