// Shows the calls of one request: asks the server for its messages, lays them out for the room there is, draws them, and
// says the same in words.

import type { Message } from '@gangway/contracts/contract';
import { byId, html } from './element.ts';
import { sentenceOf } from './message-words.ts';
import { drawSequence } from './sequence-drawing.ts';
import { layOut, type MeasureText } from './sequence-layout.ts';

/** Draws sequences into the page. */
export interface SequencePanel {
  /** Shows the calls of a request; without an id, or where the server knows none, says so. */
  show(requestId: string | undefined): Promise<void>;
  /** Plays the one that is shown again. */
  replay(): void;
}

/** Makes the panel. It draws anew, without motion, whenever its width changes. */
export function createSequencePanel(): SequencePanel {
  const panel = byId('sequence', HTMLElement);
  const words = byId('sequence-words', HTMLElement);
  const asText = byId('as-text', HTMLElement);
  const replayButton = byId('replay', HTMLButtonElement);
  const measure = measureWith(panel);
  let messages: readonly Message[] = [];
  let latest = 0;
  let drawnWidth = 0;

  const draw = (animated: boolean) => {
    drawnWidth = Math.floor(panel.clientWidth);
    if (messages.length === 0 || drawnWidth === 0) return;
    const label = `Sequence of ${messages.length} messages between the services; the same in words follows.`;
    panel.replaceChildren(drawSequence(layOut(messages, drawnWidth, measure), label, animated));
  };
  new ResizeObserver(() => {
    if (Math.floor(panel.clientWidth) !== drawnWidth) draw(false);
  }).observe(panel);

  return {
    async show(requestId) {
      latest += 1;
      const turn = latest;
      const found = requestId === undefined ? [] : await fetchMessages(requestId);
      // A later request may have been answered first.
      if (turn !== latest) return;
      messages = found;
      words.replaceChildren(...messages.map((message) => html('li', {}, sentenceOf(message))));
      asText.hidden = replayButton.disabled = messages.length === 0;
      if (messages.length === 0) {
        panel.replaceChildren(html('p', { class: 'quiet' }, 'No service was called, or the server no longer remembers it.'));
      }
      draw(true);
    },
    replay: () => draw(true),
  };
}

async function fetchMessages(requestId: string): Promise<readonly Message[]> {
  try {
    const response = await fetch(`/demo/calls/${encodeURIComponent(requestId)}`, { cache: 'no-store' });
    return response.ok ? ((await response.json()) as readonly Message[]) : [];
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
