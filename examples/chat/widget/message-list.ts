// The conversation as a list. What is there stays there: a screen reader would read a list anew that is drawn anew.

import { element } from './chat-panel.ts';
import type { Entry } from './message-book.ts';
import type { ChatWords } from './words.ts';

/** What the buttons beside a message do. */
export interface EntryActions {
  again(id: string): void;
  discard(id: string): void;
}

/** Shows entries. */
export interface MessageList {
  /** @param isNews whether a screen reader should hear what is added: not a history that was there before */
  show(entries: readonly Entry[], isNews: boolean): void;
}

interface Shown {
  readonly item: HTMLLIElement;
  readonly foot: HTMLElement;
  /** What the foot says now, so that it is left alone where nothing has changed. */
  footing: string;
}

/** Shows entries in `list`, which lies in `log`. */
export function createMessageList(log: HTMLElement, list: HTMLElement, words: ChatWords, actions: EntryActions): MessageList {
  const shown = new Map<string, Shown>();
  const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

  const create = ({ id, from, text }: Entry): Shown => {
    const foot = element('p', { class: 'foot' });
    const author = element('span', { class: 'author' }, from === 'visitor' ? words.you : words.other);
    const item = element(
      'li',
      { class: `message ${from}`, 'data-id': id },
      author,
      element('p', { class: 'text', dir: 'auto' }, text),
      foot,
    );
    return { item, foot, footing: '' };
  };
  const updateFoot = (one: Shown, { id, state, reason = '', at }: Entry) => {
    const footing = `${state} ${reason} ${at}`;
    if (footing === one.footing) return;
    one.footing = footing;
    one.item.dataset.state = state;
    // A screen reader hears that something was not sent, and not that and when everything else was.
    one.foot.setAttribute('aria-live', state === 'sent' || state === 'sending' ? 'off' : 'polite');
    if (state === 'sent' && at !== undefined) {
      one.foot.replaceChildren(element('time', { datetime: new Date(at).toISOString() }, time.format(at)));
      return;
    }
    const said = state === 'sending' ? words.sending : state === 'unsent' ? words.unsent : words.rejected(reason);
    one.foot.replaceChildren(element('span', {}, said));
    if (state === 'sending') return;
    const button = (label: string, action: (id: string) => void) => {
      const made = element('button', { type: 'button', class: 'small' }, label);
      made.addEventListener('click', () => action(id));
      return made;
    };
    one.foot.append(button(words.again, actions.again), button(words.discard, actions.discard));
  };

  return {
    show(entries, isNews) {
      const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      log.setAttribute('aria-live', isNews ? 'polite' : 'off');
      const ids = new Set(entries.map(({ id }) => id));
      for (const [id, { item }] of shown) {
        if (ids.has(id)) continue;
        item.remove();
        shown.delete(id);
      }
      let place = list.firstElementChild;
      let isOwn = false;
      for (const entry of entries) {
        const one = shown.get(entry.id) ?? create(entry);
        if (!shown.has(entry.id)) isOwn = entry.state === 'sending';
        shown.set(entry.id, one);
        updateFoot(one, entry);
        if (one.item === place) place = place.nextElementSibling;
        else list.insertBefore(one.item, place);
      }
      // Who has scrolled up to read stays there, until they say something.
      if (wasAtEnd || isOwn) log.scrollTop = log.scrollHeight;
    },
  };
}
