// The parts of the refusals' pages that follow from the table: the head of each page, and the list of all.

import { type RefusalCode, refusals } from '@gangway/contracts/refusals';
import { refusalExample } from './openapi-refusals.ts';
import { occurrencesOf, refusalCodes } from './refusal-occurrences.ts';

const refusalTable = 'the table of refusals in packages/contracts/src/refusals.ts';
const end = '<!-- end of what is generated -->';

/** The head of a code's page: its status, its words, where it occurs, and an example of its body. */
export function refusalHead(code: RefusalCode): string {
  const { status, message } = refusals[code];
  const rows = [`| Status | ${status} |`, `| Message | ${message} |`, `| Where | ${occurrencesOf(code)} |`];
  const example = JSON.stringify(refusalExample(code), undefined, 2);
  return `${['| | |', '|---|---|', ...rows].join('\n')}\n\n\`\`\`json\n${example}\n\`\`\``;
}

/** The list of all codes. */
export function refusalList(): string {
  const rows = refusalCodes.map((code) => `| [\`${code}\`](${code}.md) | ${refusals[code].status} | ${refusals[code].message} |`);
  return ['| code | status | message |', '|---|---|---|', ...rows].join('\n');
}

/**
 * Puts generated text between the markers of a page.
 * @param source what it is generated from, as the first marker says it
 * @throws where the page has no markers
 */
export function fillMarkers(page: string, text: string, path: string, source = refusalTable): string {
  const begin = `<!-- generated: ${source} -->`;
  const [before, rest] = split(page, begin);
  const [, after] = split(rest ?? '', end);
  if (rest === undefined || after === undefined) throw new Error(`${path} lacks the lines\n${begin}\n${end}`);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

function split(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
