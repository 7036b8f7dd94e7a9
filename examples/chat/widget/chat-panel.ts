// The parts of the widget as elements, in a shadow tree: the page's styles do not get in, and the widget's do not get out.

import type { ChatWords } from './words.ts';

/** The elements that the widget works with. */
export interface ChatPanel {
  readonly launcher: HTMLButtonElement;
  readonly badge: HTMLElement;
  /** What holds the rest. */
  readonly panel: HTMLElement;
  /** The same, where the launcher opens it; undefined where it lies in the page. */
  readonly dialog: HTMLDialogElement | undefined;
  readonly status: HTMLElement;
  readonly close: HTMLButtonElement;
  /** Scrolls; a screen reader hears what is added to it. */
  readonly log: HTMLElement;
  readonly list: HTMLElement;
  readonly notice: HTMLElement;
  readonly noticeText: HTMLElement;
  readonly startAnew: HTMLButtonElement;
  readonly suggestions: HTMLElement;
  readonly form: HTMLFormElement;
  readonly field: HTMLTextAreaElement;
  readonly send: HTMLButtonElement;
  readonly hint: HTMLElement;
}

type Attributes = Readonly<Record<string, string>>;

/** An element with attributes and children; texts are put in as text, never as markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** A drawing of lines, which says nothing to a screen reader. */
function drawing(paths: readonly (readonly [className: string, d: string])[]): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  for (const [name, value] of [
    ['viewBox', '0 0 32 32'],
    ['aria-hidden', 'true'],
    ['focusable', 'false'],
  ] as const) {
    svg.setAttribute(name, value);
  }
  for (const [className, d] of paths) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('class', className);
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

const speech = () =>
  drawing([
    ['bubble', 'M7 5h18a4 4 0 0 1 4 4v10a4 4 0 0 1-4 4H14l-7 5v-5a4 4 0 0 1-4-4V9a4 4 0 0 1 4-4Z'],
    ['plank', 'M8 19l10-7'],
    ['star', 'm22 8 1.2 2.8L26 12l-2.8 1.2L22 16l-1.2-2.8L18 12l2.8-1.2Z'],
  ]);
const cross = () => drawing([['line', 'M9 9l14 14M23 9 9 23']]);

/** How a panel is built. */
export interface PanelOptions {
  readonly words: ChatWords;
  readonly stylesheetUrl: string;
  /** Questions that a button asks. */
  readonly suggestions: readonly string[];
  /** In the flow of the page, without launcher and always open. */
  readonly inline: boolean;
}

/** Builds the widget into an element, hidden until its styles are there. */
export function buildChatPanel(host: HTMLElement, { words, stylesheetUrl, suggestions, inline }: PanelOptions): ChatPanel {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const badge = element('span', { class: 'badge', hidden: '' });
  const launcher = element(
    'button',
    { class: 'launcher', type: 'button', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', 'aria-label': words.open },
    speech(),
    badge,
  );
  const status = element('p', { class: 'status', role: 'status' });
  const close = element('button', { class: 'close', type: 'button', 'aria-label': words.close }, cross());
  const list = element('ol', { class: 'messages' });
  // It takes the focus so that the keyboard can scroll it.
  const log = element('div', { class: 'log', role: 'log', 'aria-label': words.conversation, tabindex: '0' }, list);
  const noticeText = element('p');
  const startAnew = element('button', { class: 'primary', type: 'button' }, words.startAnew);
  const notice = element('div', { class: 'notice', role: 'alert', hidden: '' });
  const asked = suggestions.map((text) => element('button', { type: 'button', class: 'suggestion' }, text));
  const group = element('div', { class: 'suggestions', role: 'group', 'aria-label': words.suggestions }, ...asked);
  group.hidden = suggestions.length === 0;
  const field = element('textarea', {
    id: 'field',
    rows: '1',
    autocomplete: 'off',
    'aria-describedby': 'hint',
    enterkeyhint: 'send',
  });
  const send = element('button', { class: 'primary send', type: 'submit' }, words.send);
  const label = element('label', { for: 'field', class: 'unseen' }, words.field);
  field.placeholder = words.field;
  const hint = element('p', { id: 'hint', class: 'hint', 'aria-live': 'polite' }, words.hint);
  const form = element('form', { class: 'composer' }, label, field, send, hint);
  const title = element('h2', { id: 'title' }, words.title);
  const head = element('header', { class: 'head' }, element('div', {}, title, status), ...(inline ? [] : [close]));
  const parts = [head, log, notice, group, form];
  const dialog = inline ? undefined : element('dialog', { 'aria-labelledby': 'title', class: 'panel' }, ...parts);
  const panel = dialog ?? element('section', { 'aria-labelledby': 'title', class: 'panel inline' }, ...parts);
  const styles = element('link', { rel: 'stylesheet', href: stylesheetUrl });
  const frame = element('div', { class: 'frame' }, ...(inline ? [panel] : [launcher, panel]));
  frame.hidden = true;
  styles.addEventListener('load', () => {
    frame.hidden = false;
  });
  notice.append(noticeText, startAnew);
  root.replaceChildren(styles, frame);
  return {
    launcher,
    badge,
    panel,
    dialog,
    status,
    close,
    log,
    list,
    notice,
    noticeText,
    startAnew,
    suggestions: group,
    form,
    field,
    send,
    hint,
  };
}
