// Opening and closing: beside the page where there is room, over all of it on a narrow screen. The browser's own dialog
// keeps the focus where it belongs.

import type { ChatPanel } from './chat-panel.ts';

/** The panel as something to open. */
export interface OpenPanel {
  readonly isOpen: boolean;
  open(): void;
  /** As it was before a reload: nobody asked for the focus just now. */
  restore(): void;
  close(): void;
  remove(): void;
}

/** Where the panel covers the page, whatever lies behind it must not be reached; as in widget.css. */
const narrow = '(max-width: 480px)';

/** A panel that lies in the page. */
export const alwaysOpen: OpenPanel = { isOpen: true, open: () => {}, restore: () => {}, close: () => {}, remove: () => {} };

/** Joins launcher, panel and keyboard. `changed` hears of every opening and closing by the visitor or the page. */
export function openPanelIn(panel: ChatPanel, dialog: HTMLDialogElement, changed: (isOpen: boolean) => void): OpenPanel {
  const { launcher, field } = panel;
  const narrowness = matchMedia(narrow);

  const show = () => {
    if (narrowness.matches) dialog.showModal();
    else dialog.show();
    launcher.setAttribute('aria-expanded', 'true');
  };
  const open = () => {
    if (dialog.open) return;
    show();
    // A finger that opened the chat wants to read first; the focus in the field would raise the keyboard over it.
    if (matchMedia('(pointer: coarse)').matches) panel.log.focus({ preventScroll: true });
    else field.focus({ preventScroll: true });
    panel.log.scrollTop = panel.log.scrollHeight;
    changed(true);
  };
  const restore = () => {
    if (narrowness.matches) return open();
    // `show` would move the focus.
    dialog.open = true;
    launcher.setAttribute('aria-expanded', 'true');
    changed(true);
  };
  const close = () => {
    if (!dialog.open) return;
    const held = dialog.matches(':focus-within');
    dialog.close();
    launcher.setAttribute('aria-expanded', 'false');
    if (held) launcher.focus();
    changed(false);
  };
  /** A window that was turned or resized: the same panel in the other way, with the focus where it was. */
  const reopen = () => {
    if (!dialog.open) return;
    const focused = (dialog.getRootNode() as ShadowRoot).activeElement;
    dialog.close();
    show();
    if (focused instanceof HTMLElement) focused.focus();
  };

  launcher.addEventListener('click', () => (dialog.open ? close() : open()));
  panel.close.addEventListener('click', close);
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  // What closes a modal dialog besides Escape: the back gesture of a phone.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
  narrowness.addEventListener('change', reopen);

  return {
    get isOpen() {
      return dialog.open;
    },
    open,
    restore,
    close,
    remove: () => narrowness.removeEventListener('change', reopen),
  };
}
