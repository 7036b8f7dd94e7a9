// What stands around every page of the documentation: its head, the way to the other pages, the list of what is on it.

import { escapeHtml, type Heading, type RenderedDocument } from './render-markdown.ts';

/** The pages that the head of each page leads to, by their addresses. */
const parts: readonly (readonly [address: string, name: string])[] = [
  ['/docs/quick-start', 'Quick start'],
  ['/docs/tokens', 'Tokens'],
  ['/docs/sessions', 'Sessions'],
  ['/docs/signals', 'Signals'],
  ['/docs/proof-of-possession', 'Proof'],
  ['/docs/verifying', 'Verifying'],
  ['/docs/conversations', 'Conversations'],
  ['/docs/operating', 'Operating'],
  ['/docs/api', 'API'],
  ['/docs/configuration', 'Configuration'],
  ['/docs/refusals', 'Refusals'],
  ['/docs/sequences', 'Sequences'],
  ['/docs/architecture', 'Architecture'],
  ['/docs/decisions', 'Decisions'],
];

/** A page of the documentation. */
export interface Page extends RenderedDocument {
  readonly address: string;
  /** Whether this node serves the demo page. */
  readonly demo: boolean;
}

/** The whole page. */
export function pageShell({ html, headings, address, demo }: Page): string {
  const title = headings.find(({ depth }) => depth === 1)?.text ?? 'Gangway';
  const links = parts.map(([to, name]) => `<li><a href="${to}"${placeOf(to, address)}>${name}</a></li>`);
  if (demo) links.push('<li><a href="/demo">Demo</a></li>');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}${title === 'Gangway' ? '' : ' · Gangway'}</title>
<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/frame.css">
<link rel="stylesheet" href="/docs/text.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<a class="brand" href="/docs"${address === '/docs' ? ' aria-current="page"' : ''}><img src="/docs/icon.svg" alt="">Gangway</a>
<nav aria-label="Documentation"><ul>${links.join('')}</ul></nav>
</header>
<div class="columns">
<main id="content">
${html.replace('</h1>\n', (end) => `${end}${contents(headings)}`)}</main>
</div>
</body>
</html>
`;
}

function placeOf(to: string, address: string): string {
  if (to === address) return ' aria-current="page"';
  return address.startsWith(`${to}/`) ? ' aria-current="true"' : '';
}

/** The list of what is on a page, where there is enough to lose one's way. */
function contents(headings: readonly Heading[]): string {
  const listed = headings.filter(({ depth }) => depth === 2 || depth === 3);
  if (listed.length < 5) return '';
  const items = listed.map(({ id, text, depth }) => `<li class="depth-${depth}"><a href="#${id}">${escapeHtml(text)}</a></li>`);
  return `<nav class="contents" aria-label="On this page"><p>On this page</p><ul>${items.join('')}</ul></nav>\n`;
}
