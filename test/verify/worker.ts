// The suite's program for Workers: gets the node's description as the body of a request, answers what became of each promise.

import { createVerifier } from '../../packages/verify/src/index.ts';
import { runSuite } from './suite.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runSuite({ createVerifier }, await request.json()));
  },
};
