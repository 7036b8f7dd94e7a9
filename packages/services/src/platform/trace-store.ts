// The traces of the latest requests, for the demo page: each can be read once its request id is known, which nobody but
// the one who made the request does.

import type { Message } from '@gangway/contracts/contract';

/** Keeps traces for a while. */
export interface TraceStore<Kept = Message> {
  keep(requestId: string, trace: readonly Kept[]): void;
  /** The messages of a request, or undefined where it is unknown or long ago. */
  find(requestId: string): readonly Kept[] | undefined;
}

const tracesMax = 500;

/** Makes a store that forgets the oldest trace when it is full. */
export function createTraceStore<Kept = Message>(): TraceStore<Kept> {
  const traces = new Map<string, readonly Kept[]>();
  return {
    keep(requestId, trace) {
      const [oldest] = traces.keys();
      if (traces.size >= tracesMax && oldest !== undefined) traces.delete(oldest);
      traces.set(requestId, trace);
    },
    find: (requestId) => traces.get(requestId),
  };
}
