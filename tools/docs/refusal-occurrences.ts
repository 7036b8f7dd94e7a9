// Where each code occurs: read off the contracts, not remembered.

import { type RefusalCode, refusals } from '@gangway/contracts/refusals';
import { commonRefusals, type PublicRoute, publicRoutes } from '@gangway/contracts/starship';

/** All codes, in the order of their table. */
export const refusalCodes = Object.keys(refusals) as RefusalCode[];

/** Which routes answer with a code, in words. */
export function occurrencesOf(code: RefusalCode): string {
  if (code === 'not_found') return 'every path that is no route';
  if (code === 'caller_not_allowed') return 'the routes between the services, and those of the operator';
  if ((commonRefusals as readonly RefusalCode[]).includes(code)) return 'every public route';
  const routes = Object.values<PublicRoute>(publicRoutes).filter((route) => route.refusals.includes(code));
  if (routes.length === 0) return 'no route of this version';
  return routes.map(({ method, paths }) => `\`${method} ${paths[0]}\``).join(', ');
}
