// What a refresh and a kept wish have in common: a session goes on under a new token.

import type { Judged } from './judge-token.ts';

/** The session as the next token says it, in the generation that Scoped Auth told to make. */
export function continuedSession({ session, refresh }: Judged): Judged['session'] {
  return { ...session, generation: refresh?.generation ?? session.generation + 1 };
}

/** True where the session began without signals and has them from now on; else undefined. */
export function boundLate({ refresh }: Judged, fingerprint: string | undefined): true | undefined {
  return fingerprint !== undefined && refresh?.boundBefore === false ? true : undefined;
}
