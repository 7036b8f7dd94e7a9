// Where everything of a sequence diagram stands, for a given width: plain numbers, no drawing. From a telephone to a wide
// screen it never needs to scroll sideways: text is wrapped to the room that there is.

import type { DrawnMessage, Lifeline } from '../drawn-message.ts';
import { lifelinesOf, wordsOf } from './message-words.ts';

/** Measures the width of a text in pixels. */
export type MeasureText = (text: string, size: 'text' | 'detail') => number;

/** A line of text and where it begins, ends or is centred. */
export interface PlacedText {
  readonly text: string;
  readonly size: 'text' | 'detail';
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** One message. */
export interface PlacedMessage {
  readonly kind: DrawnMessage['kind'];
  readonly refused: boolean;
  readonly fromX: number;
  readonly toX: number;
  readonly y: number;
  readonly texts: readonly PlacedText[];
}

/** A stretch of time in which a participant has work under way. */
export interface Activation {
  readonly x: number;
  readonly fromY: number;
  readonly toY: number;
  /** The message that began it. */
  readonly row: number;
}

/** A whole diagram. */
export interface SequenceLayout {
  readonly width: number;
  readonly height: number;
  readonly headHeight: number;
  readonly columns: readonly { readonly x: number; readonly letter: string; readonly name: string; readonly met: boolean }[];
  readonly messages: readonly PlacedMessage[];
  readonly activations: readonly Activation[];
}

const lineHeight = { text: 17, detail: 15 };
const rowGap = 26;
const edge = 6;
const loopWidth = 26;
/** The half height of the arrow that a participant sends to itself. */
export const loopHalfHeight = 7;
const wideFrom = 540;
/** Of more fields than these an arrow names only some; the words below the drawing name all. */
const fieldsMax = 5;

/** Lays a request's messages out. */
export function layOut(messages: readonly DrawnMessage[], width: number, measure: MeasureText): SequenceLayout {
  const wide = width >= wideFrom;
  const side = wide ? 62 : 24;
  const lifelines = lifelinesOf(messages);
  const step = (width - 2 * side) / (lifelines.length - 1);
  const xOf = (participant: Lifeline) => side + step * lifelines.findIndex((lifeline) => lifeline.participant === participant);
  const headHeight = wide ? 62 : 40;

  let y = headHeight + 8;
  const placed = messages.map((message): PlacedMessage => {
    const fromX = xOf(message.from);
    const toX = xOf(message.to);
    const room = { fromX, toX, width, wide, measure };
    const row = message.kind === 'step' ? placeStep(message, y, room) : placeArrow(message, y, room);
    y = row.y + rowGap / 2 + (message.kind === 'step' ? row.spareHeight : 0);
    return { kind: message.kind, refused: wordsOf(message).refused, fromX, toX, y: row.y, texts: row.texts };
  });
  const met = new Set(messages.flatMap(({ from, to }) => [from, to]));
  return {
    width,
    height: y + 10,
    headHeight,
    columns: lifelines.map(({ participant, letter, name }) => ({ x: xOf(participant), letter, name, met: met.has(participant) })),
    messages: placed,
    activations: activationsOf(messages, placed),
  };
}

interface Room {
  readonly fromX: number;
  readonly toX: number;
  readonly width: number;
  readonly wide: boolean;
  readonly measure: MeasureText;
}

interface Row {
  readonly y: number;
  readonly spareHeight: number;
  readonly texts: readonly PlacedText[];
}

/** The words of an arrow stand above it, centred, and moved inwards where they would leave the drawing. */
function placeArrow(message: DrawnMessage, top: number, { fromX, toX, width, wide, measure }: Room): Row {
  const { text, detail } = wordsOf(message, fieldsMax);
  const span = Math.abs(toX - fromX);
  const widthMax = wide ? Math.max(span + 60, 300) : width - 2 * edge;
  let y = top + 2;
  const texts = linesOf(text, detail, widthMax, measure).map((line): PlacedText => {
    y += lineHeight[line.size];
    const half = measure(line.text, line.size) / 2;
    const x = Math.min(Math.max((fromX + toX) / 2, half + edge), width - half - edge);
    return { ...line, x, y, anchor: 'middle' };
  });
  return { y: y + 9, spareHeight: 0, texts };
}

/** The words of a step stand beside its loop, on the side with room. */
function placeStep(message: DrawnMessage, top: number, { fromX, width, measure }: Room): Row {
  const { text, detail } = wordsOf(message);
  const rightRoom = width - fromX - loopWidth - 14 - edge;
  const leftRoom = fromX - 14 - edge;
  const onRight = rightRoom >= 150 || rightRoom >= leftRoom;
  const lines = linesOf(text, detail, Math.min(onRight ? rightRoom : leftRoom, 340), measure);
  const height = lines.length * lineHeight.text;
  const middle = top + 8 + Math.max(height, 2 * loopHalfHeight) / 2;
  const texts = lines.map(
    (line, index): PlacedText => ({
      ...line,
      x: onRight ? fromX + loopWidth + 12 : fromX - 14,
      y: middle - height / 2 + lineHeight.text * (index + 1) - 4,
      anchor: onRight ? 'start' : 'end',
    }),
  );
  return { y: middle, spareHeight: Math.max(0, height / 2 - 6), texts };
}

function linesOf(text: string, detail: string, widthMax: number, measure: MeasureText): Pick<PlacedText, 'text' | 'size'>[] {
  return [
    ...wrapEvenly(text, widthMax, (line) => measure(line, 'text')).map((line) => ({ text: line, size: 'text' as const })),
    ...wrapEvenly(detail, widthMax, (line) => measure(line, 'detail')).map((line) => ({ text: line, size: 'detail' as const })),
  ];
}

/** Breaks a text at spaces, and after slashes where a path is too long for a line. */
export function wrap(text: string, widthMax: number, measure: (line: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=[ /])/)) {
    if (line !== '' && measure((line + word).trimEnd()) > widthMax) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += word;
  }
  return line.trim() === '' ? lines : [...lines, line.trimEnd()];
}

/** Breaks a text into as few lines as it needs, and those about equally long. */
function wrapEvenly(text: string, widthMax: number, measure: (line: string) => number): string[] {
  const lines = wrap(text, widthMax, measure);
  for (let width = measure(text) / lines.length; width < widthMax; width += 12) {
    const even = wrap(text, width, measure);
    if (even.length === lines.length && even.every((line) => measure(line) <= widthMax)) return even;
  }
  return lines;
}

function activationsOf(messages: readonly DrawnMessage[], placed: readonly PlacedMessage[]): Activation[] {
  return messages.flatMap((message, row) => {
    if (message.kind !== 'request') return [];
    const end = messages.findIndex(
      ({ kind, from, to }, index) => index > row && kind === 'answer' && from === message.to && to === message.from,
    );
    const begun = placed[row];
    const ended = placed[end] ?? placed.at(-1);
    return begun && ended ? [{ x: begun.toX, fromY: begun.y, toY: ended.y, row }] : [];
  });
}
