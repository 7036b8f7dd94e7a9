// Draws the laid out messages as SVG. Each arrow appears after the one before it; the style sheet decides how, and
// whether at all for visitors who asked for less motion.

import { svg } from './element.ts';
import { type Activation, loopHalfHeight, type PlacedMessage, type PlacedText, type SequenceLayout } from './sequence-layout.ts';

/** The time from one arrow to the next (milliseconds). */
export const rowDelayMs = 170;
const headSize = 7;
const activationWidth = 6;

/** Draws a diagram. With `delayMs`, arrows come one after another from then on (milliseconds), else all are there at once. */
export function drawSequence(layout: SequenceLayout, label: string, delayMs: number | undefined): SVGSVGElement {
  const { width, height } = layout;
  const drawing = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-label': label,
    class: delayMs === undefined ? 'drawing' : 'drawing animated',
  });
  drawing.append(
    ...layout.columns.map((column) => drawLifeline(column, layout)),
    ...layout.activations.map((activation) => drawActivation(activation, delayMs)),
    ...layout.messages.map((message, row) => drawMessage(message, row, delayMs)),
  );
  return drawing;
}

function drawLifeline(
  { x, letter, name, met }: SequenceLayout['columns'][number],
  { headHeight, height }: SequenceLayout,
): Element {
  const chipWidth = Math.max(28, letter.length * 9 + 13);
  const group = svg(
    'g',
    { class: met ? 'lifeline' : 'lifeline unmet' },
    svg('line', { x1: x, x2: x, y1: 32, y2: height }),
    svg('rect', { x: x - chipWidth / 2, y: 4, width: chipWidth, height: 26, rx: 8 }),
    svg('text', { x, y: 21.5, 'text-anchor': 'middle', class: 'letter' }, letter),
  );
  if (headHeight > 50) {
    const [first = '', ...rest] = name.split(/ (?=\S+$)/);
    group.append(
      svg('text', { x, y: 45, 'text-anchor': 'middle', class: 'name' }, first),
      svg('text', { x, y: 58, 'text-anchor': 'middle', class: 'name' }, rest.join(' ')),
    );
  }
  return group;
}

function drawActivation({ x, fromY, toY, row }: Activation, delayMs: number | undefined): Element {
  return later(
    row,
    delayMs,
    svg('rect', {
      class: 'activation',
      x: x - activationWidth / 2,
      y: fromY,
      width: activationWidth,
      height: Math.max(0, toY - fromY),
      rx: 3,
    }),
  );
}

function drawMessage(message: PlacedMessage, row: number, delayMs: number | undefined): Element {
  const { kind, refused, texts } = message;
  const group = svg('g', { class: `message ${kind}${refused ? ' refused' : ''}` });
  group.append(...(kind === 'step' ? drawLoop(message) : drawArrow(message)), ...texts.map(drawText));
  return later(row, delayMs, group);
}

function drawArrow({ fromX, toX, y }: PlacedMessage): Element[] {
  const direction = Math.sign(toX - fromX);
  const start = fromX + direction * (activationWidth / 2);
  const tip = toX - direction * (activationWidth / 2 + 1);
  const back = tip - direction * headSize;
  const line = svg('line', { class: direction > 0 ? 'shaft' : 'shaft leftwards', x1: start, x2: back, y1: y, y2: y });
  return [line, svg('path', { class: 'head', d: `M${tip} ${y}L${back} ${y - 4.5}V${y + 4.5}Z` })];
}

function drawLoop({ fromX, y }: PlacedMessage): Element[] {
  const near = fromX + activationWidth / 2;
  const far = near + 20;
  const [top, bottom] = [y - loopHalfHeight, y + loopHalfHeight];
  const radius = 5;
  const turn = `Q${far} ${top} ${far} ${top + radius}V${bottom - radius}Q${far} ${bottom} ${far - radius} ${bottom}`;
  return [
    svg('path', { class: 'shaft', d: `M${near} ${top}H${far - radius}${turn}H${near + headSize}` }),
    svg('path', { class: 'head', d: `M${near + 1} ${bottom}l${headSize}-4.5v9Z` }),
  ];
}

function drawText({ text, size, x, y, anchor }: PlacedText): Element {
  return svg('text', { x, y, 'text-anchor': anchor, class: size }, text);
}

function later<Kind extends SVGElement>(row: number, delayMs: number | undefined, element: Kind): Kind {
  if (delayMs !== undefined) element.style.animationDelay = `${delayMs + row * rowDelayMs}ms`;
  return element;
}
