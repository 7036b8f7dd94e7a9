// The front door of the socket: what a visitor sent is one of two frames, or it is not taken, with what is wrong with it. The
// third, a token, is for `holdToToken`.

import type { Ping, Say } from './protocol.ts';

/** Why a text is no frame. It names members and bounds, and never repeats what was sent. */
export interface FrameProblem {
  readonly problem: string;
  /** Of a message that is otherwise wrong: so that the sender knows which one it was. */
  readonly id?: string;
}

const idShape = /^[\w-]{8,64}$/;

/** Reads one text frame. */
export function readFrame(text: string): Say | Ping | FrameProblem {
  const frame = parse(text);
  if (frame === undefined) return { problem: 'A frame is a JSON object.' };
  if (frame.type === 'ping') return { type: 'ping' };
  if (frame.type === 'say') return readSay(frame);
  return { problem: 'A frame has a "token", or a "type" that is "say" or "ping".' };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readSay({ id, text }: Readonly<Record<string, unknown>>): Say | FrameProblem {
  if (typeof id !== 'string' || !idShape.test(id)) {
    return { problem: '"id" is 8 to 64 letters, digits, "-" or "_", another for each message.' };
  }
  if (typeof text !== 'string' || text.trim() === '') return { problem: '"text" is a text that is not blank.', id };
  return { type: 'say', id, text };
}
