// Why a start was refused, in one line for the person at the terminal.

/** A start cannot go on. The message says what is wrong, where, and what to do; no stack trace is shown. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
