// A message as the page draws it: one of the diagrams, or one to or from a backend, which the diagrams of making a token do
// not have. Types alone: the server writes them, the page reads them.

import type { Message } from '@gangway/contracts/contract';
import type { Participant } from '@gangway/contracts/participants';

/** Whoever has a lifeline. */
export type Lifeline = Participant | 'backend';

/** One arrow. */
export interface DrawnMessage extends Omit<Message, 'from' | 'to'> {
  readonly from: Lifeline;
  readonly to: Lifeline;
}
