// The token itself, shortened, and what someone reads in it who has stolen it. It is never logged and never leaves this
// page but by the visitor's own copy button.

import { byId, html } from './element.ts';

/** The five parts of a compact JWE (RFC 7516, 7.1). */
const partNames = ['header', 'key', 'nonce', 'ciphertext', 'seal'] as const;
const copiedShownMs = 1600;

/** Shows a token, or that there is none. */
export function showToken(token: string | undefined): void {
  const parts = token?.split('.') ?? [];
  byId('token', HTMLElement).textContent = token === undefined ? 'no token' : shortened(token);
  byId('copy-token', HTMLButtonElement).disabled = token === undefined;
  byId('thief', HTMLElement).hidden = parts.length !== partNames.length;
  if (parts.length !== partNames.length) return;

  byId('thief-words', HTMLElement).textContent =
    'How it was encrypted, and then noise: no account, no visitor, no rights, no expiry. In another browser it cannot even be renewed.';
  byId('token-parts', HTMLElement).replaceChildren(
    ...parts.map((part, index) => {
      const name = partNames[index] ?? '';
      const content = name === 'header' ? readableHeader(part) : opaque(part);
      return html('div', { class: `part ${name}` }, html('span', { class: 'part-name' }, name), html('code', {}, content));
    }),
  );
}

/** Makes the copy button copy what `token` gives, and say so. */
export function enableCopying(token: () => Promise<string>): void {
  const button = byId('copy-token', HTMLButtonElement);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(await token());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed here';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, copiedShownMs);
  });
}

function shortened(token: string): string {
  return `${token.slice(0, 14)}…${token.slice(-8)}`;
}

function opaque(part: string): string {
  if (part === '') return 'empty: the key is never sent';
  return part.length <= 24 ? part : `${part.slice(0, 20)}… ${part.length} characters`;
}

function readableHeader(part: string): string {
  try {
    return JSON.stringify(JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))), null, 1).replaceAll('\n', '');
  } catch {
    return opaque(part);
  }
}
