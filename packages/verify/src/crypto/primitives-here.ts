// Which cryptography this runtime has.

import { nodePrimitives } from './node-primitives.ts';
import type { Primitives } from './primitives.ts';
import { webPrimitives } from './web-primitives.ts';

/** The fastest that there is. */
export function primitivesHere(): Primitives {
  return nodePrimitives() ?? webPrimitives;
}
