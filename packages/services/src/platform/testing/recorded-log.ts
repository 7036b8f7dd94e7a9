// A log that a test can read.

import { pino } from 'pino';
import type { Log } from '../log.ts';

/** A log, and the lines that were written to it. */
export interface RecordedLog {
  readonly log: Log;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Makes a real log that keeps its lines. */
export function recordedLog(): RecordedLog {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: undefined, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
