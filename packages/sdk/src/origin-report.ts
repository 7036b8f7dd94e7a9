// A refused origin is the mistake that everyone makes first, and browsers hide the refusal from the page. So the SDK asks
// the route that any page may read, and tells whoever looks into the console what to do.

import type { Edge } from './edge.ts';
import { GangwayError } from './gangway-error.ts';

/** Gives the failure, or the refusal of the origin that hides behind it. */
export type ExplainFailure = (failure: GangwayError) => Promise<GangwayError>;

/** What an explanation needs. */
export interface ReportDependencies {
  readonly edge: Edge;
  readonly deploymentKey: string;
}

/** Makes the explanation. It reports once, however often the page tries. */
export function createOriginReport({ edge, deploymentKey }: ReportDependencies): ExplainFailure {
  let reported = false;
  return async (failure) => {
    const failureCode = 'origin_not_allowed';
    const refused = failure.code === failureCode;
    // What a browser hides it hides at once: it is no answer that came too late.
    const hidden = failure.code === 'network_error' && failure.cause instanceof TypeError;
    const verdict = refused || hidden ? await edge.explainOrigin().catch(() => undefined) : undefined;
    if (!refused && verdict?.code !== failureCode) return failure;
    // To its own origin a page sends no Origin header by GET. A sandboxed page has none, though its address has.
    if (!reported) report(verdict?.origin ?? globalThis.origin, deploymentKey);
    reported = true;
    return refused ? failure : new GangwayError(failureCode, `${verdict?.message}`, { status: 403 }, failure);
  };
}

function report(origin: string, deploymentKey: string): void {
  const nobody = origin === 'null' ? ' Sandboxed without allow-same-origin?' : '';
  console.error(`Gangway: ${deploymentKey} refuses origin ${origin}. Add it to its allowedOrigins.${nobody}`);
}
