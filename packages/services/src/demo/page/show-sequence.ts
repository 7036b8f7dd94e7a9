// Shows calls: asks the server for the messages of a request, lays them out for the room there is, draws them, and says the
// same in words. A request and what followed from it are drawn one below the other.

import type { DrawnMessage } from '../drawn-message.ts';
import { html } from './element.ts';
import { sentenceOf } from './message-words.ts';
import { drawSequence, rowDelayMs } from './sequence-drawing.ts';
import { layOut, type MeasureText } from './sequence-layout.ts';

/** Where a panel draws. */
export interface SequencePlace {
  readonly panel: HTMLElement;
  /** Holds `words`; hidden while there is nothing to say. */
  readonly asText: HTMLElement;
  readonly words: HTMLElement;
}

/** Draws sequences into the page. */
export interface SequencePanel {
  /** Shows the calls of requests, by the ids under which the server knows them; where it knows none, says so. */
  show(callIds: readonly string[]): Promise<void>;
  /** Draws the calls of one more below. */
  append(callId: string): Promise<void>;
  /** Plays what is shown again. */
  replay(): void;
}

/** So long may a drawing be; beyond, its arrows say nothing more. */
const widthMax = 980;
const followedBy = 'And then, at the chat:';

/** Makes a panel. It draws anew, without motion, whenever its width changes. */
export function createSequencePanel({ panel, asText, words }: SequencePlace): SequencePanel {
  const measure = measureWith(panel);
  let sequences: readonly (readonly DrawnMessage[])[] = [];
  let latest = 0;
  let drawnWidth = 0;
  let playedUntil = 0;

  const drawing = (messages: readonly DrawnMessage[], delayMs: number | undefined) => {
    const label = `Sequence of ${messages.length} messages between the services; the same in words follows.`;
    const involvesBackend = messages.some(({ to }) => to === 'backend');
    const width = Math.min(drawnWidth, involvesBackend ? widthMax * 0.62 : widthMax);
    return drawSequence(layOut(messages, width, measure), label, delayMs);
  };
  const draw = (animated: boolean) => {
    drawnWidth = Math.floor(panel.clientWidth);
    if (sequences.length === 0 || drawnWidth === 0) return;
    let delayMs = 0;
    const parts = sequences.flatMap((messages, index) => {
      const drawn = drawing(messages, animated ? delayMs : undefined);
      delayMs += messages.length * rowDelayMs;
      return index === 0 ? [drawn] : [html('p', { class: 'followed-by' }, followedBy), drawn];
    });
    playedUntil = animated ? performance.now() + delayMs : 0;
    panel.replaceChildren(...parts);
  };
  const write = () => {
    const lists = sequences.map((messages) =>
      html('ol', { class: 'sequence-words' }, ...messages.map((message) => html('li', {}, sentenceOf(message)))),
    );
    words.replaceChildren(...lists);
    asText.hidden = sequences.length === 0;
  };
  new ResizeObserver(() => {
    if (Math.floor(panel.clientWidth) !== drawnWidth) draw(false);
  }).observe(panel);

  return {
    async show(callIds) {
      latest += 1;
      const turn = latest;
      const found = await Promise.all(callIds.map(fetchMessages));
      // A later request may have been answered first.
      if (turn !== latest) return;
      sequences = found.filter((messages) => messages.length > 0);
      write();
      if (sequences.length === 0) {
        panel.replaceChildren(html('p', { class: 'quiet' }, 'No service was called, or the server no longer remembers it.'));
      }
      draw(true);
    },
    async append(callId) {
      const turn = latest;
      const messages = await fetchMessages(callId);
      if (turn !== latest || messages.length === 0 || sequences.length === 0) return;
      sequences = [...sequences, messages];
      write();
      const now = performance.now();
      const delayMs = Math.max(0, playedUntil - now);
      playedUntil = now + delayMs + messages.length * rowDelayMs;
      panel.append(html('p', { class: 'followed-by' }, followedBy), drawing(messages, delayMs));
    },
    replay: () => draw(true),
  };
}

async function fetchMessages(callId: string): Promise<readonly DrawnMessage[]> {
  try {
    const response = await fetch(`/demo/calls/${encodeURIComponent(callId)}`, { cache: 'no-store' });
    return response.ok ? ((await response.json()) as readonly DrawnMessage[]) : [];
  } catch {
    return [];
  }
}

/** Measures with the fonts that the style sheet gives the drawing. */
function measureWith(panel: Element): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  const { fontFamily } = getComputedStyle(panel);
  return (text, size) => {
    const pixels = size === 'text' ? 13 : 11.5;
    if (context === null) return text.length * pixels * 0.56;
    context.font = `${pixels}px ${fontFamily}`;
    return context.measureText(text).width;
  };
}
