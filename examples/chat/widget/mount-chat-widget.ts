// The chat widget: a button in the corner and the panel that it opens, joined to a session and a socket. What a site embeds.

import type { ServerFrame } from '../protocol.ts';
import { type ConnectionStatus, createChatConnection } from './chat-connection.ts';
import { buildChatPanel } from './chat-panel.ts';
import type { ChatSession } from './chat-session.ts';
import { createMessageBook } from './message-book.ts';
import { createMessageList } from './message-list.ts';
import { alwaysOpen, openPanelIn } from './open-panel.ts';
import { openTabMemory, type TabStorage } from './tab-memory.ts';
import { type ChatWords, english } from './words.ts';

/** What a widget is made from. */
export interface ChatWidgetOptions {
  /** One of `@gangway/sdk`. Nothing is asked of it before the visitor opens the chat. */
  readonly session: ChatSession;
  /** `wss://…`, without query. */
  readonly socketUrl: string;
  /** Texts that are not the English ones. */
  readonly words?: Partial<ChatWords>;
  /** Questions that a button asks. */
  readonly suggestions?: readonly string[];
  /** In the flow of the page, as wide as the element, instead of a button in the corner. Then it connects at once. */
  readonly inline?: boolean;
  /** Where a draft and what was not sent survive a reload; null: nowhere. The default is the tab's own storage. */
  readonly storage?: TabStorage | null;
  /** Where `widget.css` is, if not beside this module. */
  readonly stylesheetUrl?: string;
  /** Hears of every frame, with token and proof left out: for pages that show how it works. */
  readonly onTraffic?: (direction: 'sent' | 'received', frame: object) => void;
  readonly onStatus?: (status: ConnectionStatus) => void;
}

/** A widget on a page. */
export interface ChatWidget {
  open(): void;
  close(): void;
  readonly status: ConnectionStatus;
  /** Takes it off the page. */
  remove(): void;
}

const acknowledgeMs = 8000;
const draftWriteMs = 300;

/** Mounts the widget into an element, which it fills with a shadow tree. */
export function mountChatWidget(host: HTMLElement, options: ChatWidgetOptions): ChatWidget {
  const { session, socketUrl, suggestions = [], inline = false, onTraffic, onStatus } = options;
  const words: ChatWords = { ...english, ...options.words };
  const stylesheetUrl = options.stylesheetUrl ?? new URL('./widget.css', import.meta.url).href;
  const panel = buildChatPanel(host, { words, stylesheetUrl, suggestions, inline });
  const memory = openTabMemory(socketUrl, options.storage);
  const kept = memory.read();
  const book = createMessageBook({ identity: kept.identity, messages: kept.pending });
  let identity = kept.identity;
  let unread = 0;
  let wasOpened = kept.isOpen;
  let wasLost = false;
  let draftTimer: ReturnType<typeof setTimeout> | undefined;

  const list = createMessageList(panel.log, panel.list, words, { again, discard });
  const openPanel = panel.dialog === undefined ? alwaysOpen : openPanelIn(panel, panel.dialog, opened);
  const connection = createChatConnection(session, socketUrl, {
    frame: take,
    status: showStatus,
    ...(onTraffic === undefined ? {} : { traffic: onTraffic }),
  });

  function opened(isOpen: boolean): void {
    if (isOpen) {
      wasOpened = true;
      connection.open();
      countUnread(0);
    }
    keep();
  }
  function keep(): void {
    if (!wasOpened) return;
    const pending = book.entries
      .filter(({ state }) => state !== 'sent')
      .map(({ id, text }) => ({ type: 'say', id, text }) as const);
    memory.write({ isOpen: openPanel.isOpen, draft: panel.field.value, identity, pending });
  }
  function show(isNews = true): void {
    list.show(book.entries, isNews);
    panel.suggestions.hidden = suggestions.length === 0 || book.entries.filter(({ from }) => from === 'visitor').length > 2;
    keep();
  }
  function countUnread(count: number): void {
    unread = count;
    panel.badge.hidden = count === 0;
    panel.badge.textContent = count > 9 ? '9+' : String(count);
    panel.launcher.setAttribute('aria-label', count === 0 ? words.open : `${words.open}: ${words.unread(count)}`);
  }

  function take(frame: ServerFrame): void {
    if (frame.type === 'welcome') {
      panel.field.maxLength = frame.textLengthMax;
      const due = book.welcome(frame.identity, frame.history);
      identity = frame.identity;
      show(false);
      for (const say of due) queueMicrotask(() => dispatch(say));
    } else if (frame.type === 'said') {
      const isNew = book.said(frame);
      show();
      if (isNew && !openPanel.isOpen && frame.from !== 'visitor') countUnread(unread + 1);
    } else if (frame.type === 'rejected' && frame.id !== undefined) {
      book.reject(frame.id, frame.message);
      show();
    }
  }
  function showStatus(status: ConnectionStatus): void {
    const { kind } = status;
    panel.panel.dataset.status = kind;
    // Said once, not at every try.
    if (kind !== 'connecting') wasLost = kind === 'waiting';
    const text = words.status(wasLost ? 'waiting' : kind);
    if (panel.status.textContent !== text) panel.status.textContent = text;
    if (kind !== 'open' && kind !== 'connecting') {
      book.doubt();
      show(false);
    }
    const isOver = kind === 'refused' || kind === 'ended';
    panel.notice.hidden = !isOver;
    if (kind === 'refused') {
      const { code, message } = status.problem;
      panel.noticeText.textContent = words.refused[code] ?? words.refusedElse(message);
    } else if (kind === 'ended') panel.noticeText.textContent = words.ended;
    onStatus?.(status);
  }

  function dispatch(say: Parameters<typeof connection.send>[0] & { readonly id: string }): void {
    const only = new Set([say.id]);
    if (!connection.send(say)) {
      book.doubt(only);
      show();
      connection.open();
      return;
    }
    setTimeout(() => {
      book.doubt(only);
      show();
    }, acknowledgeMs);
  }
  function sayText(text: string): void {
    if (text.trim() === '') return;
    const say = book.say(text);
    show();
    dispatch(say);
  }
  function again(id: string): void {
    const say = book.again(id);
    show();
    panel.field.focus();
    if (say !== undefined) dispatch(say);
  }
  function discard(id: string): void {
    book.discard(id);
    show();
    panel.field.focus();
  }
  /** The browser cuts off what is pasted and does not fit, and says nothing. */
  function showRoom(): void {
    const { value, maxLength } = panel.field;
    const isFull = maxLength > 0 && value.length >= maxLength;
    const text = isFull ? words.full(maxLength) : words.hint;
    panel.hint.toggleAttribute('data-full', isFull);
    if (panel.hint.textContent !== text) panel.hint.textContent = text;
  }
  function fitField(): void {
    showRoom();
    panel.field.style.height = 'auto';
    panel.field.style.height = `${panel.field.scrollHeight + 2}px`;
  }

  panel.form.addEventListener('submit', (event) => {
    event.preventDefault();
    sayText(panel.field.value.trimEnd());
    panel.field.value = '';
    fitField();
    keep();
    panel.field.focus();
  });
  panel.field.addEventListener('keydown', (event) => {
    // Not while an input method composes: its Enter picks a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    panel.form.requestSubmit();
  });
  panel.field.addEventListener('input', () => {
    fitField();
    clearTimeout(draftTimer);
    draftTimer = setTimeout(keep, draftWriteMs);
  });
  panel.suggestions.addEventListener('click', ({ target }) => {
    if (target instanceof HTMLButtonElement) sayText(target.textContent ?? '');
  });
  panel.startAnew.addEventListener('click', () => {
    panel.field.focus();
    void connection.startAnew();
  });

  panel.field.value = kept.draft;
  showStatus(connection.status);
  if (inline) opened(true);
  else if (kept.isOpen) openPanel.restore();

  return {
    open: openPanel.open,
    close: openPanel.close,
    get status() {
      return connection.status;
    },
    remove() {
      clearTimeout(draftTimer);
      connection.close();
      openPanel.remove();
      host.shadowRoot?.replaceChildren();
    },
  };
}
