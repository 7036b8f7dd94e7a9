// Whether a page may use a deployment at all. CORS only keeps a page from reading an answer; this refuses the request,
// before any token is made.

import type { Visitor } from '@gangway/contracts/flex-webchat-orchestrator';
import type { OriginPolicy } from '@gangway/contracts/origins';
import { Refusal } from '@gangway/contracts/refusals';

/** Throws `origin_not_allowed` or `preflight_required` where the request must not make a token. */
export function admitOrigin(covers: OriginPolicy, visitor: Visitor): void {
  const { origin, secFetchSite, formEncoded, customHeaders } = visitor;
  if (!covers(origin)) {
    throw new Refusal('origin_not_allowed', {
      detail: origin === undefined ? 'the request has no Origin' : 'no entry covers it',
    });
  }
  // A page anywhere can have a browser send a form across sites without asking first. curl sends neither header.
  const fromBrowser = origin !== undefined || secFetchSite !== undefined;
  if (formEncoded && !customHeaders && fromBrowser) throw new Refusal('preflight_required');
}
