// A refusal that was only said would be worth little: the messages show that no token was made.

import { expect } from 'vitest';
import type { Topology } from './topologies.ts';

/** Expects that a request went no further than the orchestrator. */
export async function expectNoTokenMade(topology: Topology, requestId: unknown): Promise<void> {
  const labels = (await topology.recordedMessages(requestId)).map(({ label }) => label);
  expect(labels.length).toBeGreaterThan(0);
  expect(labels.filter((label) => label.includes('Tokens'))).toEqual([]);
}
