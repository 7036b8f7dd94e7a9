// Turns a document into HTML. Links between documents are written for whoever browses the repository; here they become
// addresses of the site.

import { posix } from 'node:path';
import { Marked, type Tokens } from 'marked';

/** A heading, for the list of contents. */
export interface Heading {
  readonly id: string;
  readonly text: string;
  readonly depth: number;
}

/** A document, rendered. */
export interface RenderedDocument {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/**
 * Renders a document.
 * @param path its path below the folder of the documentation
 * @param addresses where the documents stand on the site
 */
export function renderMarkdown(text: string, path: string, addresses: ReadonlyMap<string, string>): RenderedDocument {
  const headings: Heading[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: source }: Tokens.Heading): string {
        const words = source.replaceAll('`', '');
        const id = uniqueId(slugOf(words), headings);
        headings.push({ id, text: words, depth });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const words = this.parser.parseInline(tokens);
        const address = addressFrom(href, path, addresses);
        // Source files are in the repository, not on the site: the words stay, the link goes.
        return address === undefined ? words : `<a href="${escapeHtml(address)}">${words}</a>`;
      },
      image({ href, text: description }: Tokens.Image): string {
        const address = escapeHtml(addressFrom(href, path, addresses) ?? '');
        return `<a class="picture" href="${address}"><img src="${address}" alt="${escapeHtml(description)}"></a>`;
      },
      table(token: Tokens.Table): string {
        const row = (cells: readonly Tokens.TableCell[], tag: 'th' | 'td') =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        const hasHead = token.header.some((cell) => cell.text !== '');
        const head = hasHead ? `<thead>${row(token.header, 'th')}</thead>` : '';
        return `<div class="table"><table>${head}<tbody>${token.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>\n`;
      },
    },
  });
  return { html: marked.parse(text, { async: false }), headings };
}

/** The address that a link leads to, or undefined where the site has nothing there. */
function addressFrom(href: string, path: string, addresses: ReadonlyMap<string, string>): string | undefined {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [target = '', fragment] = href.split('#', 2);
  const resolved = posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
  const address = addresses.get(resolved) ?? addresses.get(posix.join(resolved, 'README.md'));
  return address === undefined || fragment === undefined ? address : `${address}#${fragment}`;
}

/** The id of a heading, as repositories on the web make it, so that links to it hold there too. */
export function slugOf(words: string): string {
  return words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function uniqueId(slug: string, headings: readonly Heading[]): string {
  const taken = headings.filter(
    ({ id }) => id === slug || (id.startsWith(`${slug}-`) && /^\d+$/.test(id.slice(slug.length + 1))),
  );
  return taken.length === 0 ? slug : `${slug}-${taken.length}`;
}

/** Text as it stands in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
