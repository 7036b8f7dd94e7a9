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
    const pageOrigin = globalThis.location?.origin;
    const refused = failure.code === 'origin_not_allowed';
    // What a browser hides, it hides from pages of another origin, and at once: it is no answer that came too late.
    const hidden = failure.cause instanceof TypeError && edge.origin !== pageOrigin;
    if (!refused && !hidden) return failure;
    const verdict = await edge.explainOrigin().catch(() => undefined);
    if (!refused && verdict?.code !== 'origin_not_allowed') return failure;
    if (!reported) report(verdict?.origin ?? pageOrigin, deploymentKey);
    reported = true;
    return refused ? failure : new GangwayError('origin_not_allowed', `${verdict?.message}`, { status: 403 }, failure);
  };
}

function report(origin: string, deploymentKey: string): void {
  const nobody = origin === 'null' ? ' Sandboxed pages and files have none: serve it, with allow-same-origin.' : '';
  console.error(
    `Gangway: deployment ${deploymentKey} refuses origin ${origin}. Its operator must add "${origin}" to allowedOrigins.${nobody}`,
  );
}
