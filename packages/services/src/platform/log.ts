// The log: one JSON object a line, on standard output. What must never be in it (tokens, keys, signals, addresses) is
// not handed to it in the first place; there is no list of words to mask that could be incomplete.

import { type Logger, pino } from 'pino';

/** Writes log lines. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** A log that can be written out before the process ends. */
export interface ProcessLog {
  readonly log: Log;
  flush(): void;
}

/** How much the log gathers before it writes, in bytes: one write for many lines costs a tenth of one write a line. */
const bufferBytes = 8 * 1024;
const flushIntervalMs = 200;

/**
 * Opens the log of this process.
 * @param level the least severe level that is written, or `silent`
 */
export function openLog(level: string): ProcessLog {
  const destination = pino.destination({ fd: 1, sync: false, minLength: bufferBytes, maxLength: 4 * 1024 * 1024 });
  const log = pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.epochTime }, destination);
  const timer = setInterval(() => destination.flush(), flushIntervalMs);
  timer.unref();
  // A closed pipe or a full disk costs log lines, never the process.
  destination.on('error', () => {});
  return {
    log,
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Nothing was opened yet, or the other end is gone.
      }
    },
  };
}
