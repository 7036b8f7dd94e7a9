// Passes the provider's answer on, and reads out of it what it cost.

import { isObject } from './completion-request.ts';

/** What is known of the cost of an answer so far. */
export interface Meter {
  /** Prompt and answer, in tokens, once the provider has said so. */
  usage: number | undefined;
  /** Bytes of text that were received: no token is shorter than a byte. */
  textBytes: number;
}

/** An answer in one piece is at most this long, and so is an event of a stream (characters). */
const answerLengthMax = 1024 * 1024;

/** Reads an answer in one piece: an object of JSON, or undefined where it is not. */
export async function readAnswer(body: AsyncIterable<Uint8Array>, meter: Meter): Promise<object | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body) {
    text += decoder.decode(part, { stream: true });
    if (text.length > answerLengthMax) return undefined;
  }
  const answer = parse(text + decoder.decode());
  if (answer !== undefined) read(answer, meter);
  return answer;
}

/**
 * Passes the events of a stream on as they come. The last one, of the usage, is there because this proxy asked for it; whoever
 * did not ask for it does not get it.
 * @throws Error where it is no stream of events, or breaks off
 */
export async function* passEvents(body: AsyncIterable<Uint8Array>, meter: Meter, wantsUsage: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let waiting = '';
  for await (const part of body) {
    waiting += decoder.decode(part, { stream: true });
    const events = waiting.split(/\r?\n\r?\n/);
    waiting = events.pop() ?? '';
    if (waiting.length > answerLengthMax) throw new Error('An event is too long.');
    for (const event of events) {
      if (isPassed(event, meter, wantsUsage)) yield `${event}\n\n`;
      if (/^data: ?\[DONE\]$/m.test(event)) return;
    }
  }
  throw new Error('The stream broke off.');
}

function isPassed(event: string, meter: Meter, wantsUsage: boolean): boolean {
  const data = event
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trim());
  const piece = parse(data.join('\n'));
  // A provider that fails under way says so in an event, with details that are nobody's business.
  if (piece !== undefined && 'error' in piece) throw new Error('The provider failed.');
  if (piece === undefined) return true;
  read(piece, meter);
  return wantsUsage || !isObject(piece.usage) || !Array.isArray(piece.choices) || piece.choices.length > 0;
}

/** Adds up what a piece of an answer, or the whole of it, says. */
function read({ choices, usage }: Record<string, unknown>, meter: Meter): void {
  for (const choice of Array.isArray(choices) ? choices : []) {
    const said: unknown = choice?.delta ?? choice?.message;
    const texts = isObject(said) ? Object.values(said).filter((text) => typeof text === 'string') : [];
    meter.textBytes += texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }
  if (!isObject(usage)) return;
  const { prompt_tokens: prompt, completion_tokens: completion } = usage;
  if (isCount(prompt) && isCount(completion)) meter.usage = prompt + completion;
}

/** Nothing else is a cost: null would count as nothing, and one that is negative would give back what others spent. */
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
