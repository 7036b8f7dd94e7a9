// The page on drift: what the drift corpus holds, counted and listed, so that the documentation says what the test proves.

import { type Change, kinds, knownRejects, levels, sources } from '../../test/drift/corpus.ts';
import { appearances, strangers } from '../../test/drift/judge.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;

/** The whole page, as Markdown. */
export function driftPage(): string {
  const followed = kinds.flatMap(({ changes }) => changes);
  const browsers = new Set(appearances.map(({ browser }) => browser));
  const families = new Set([...browsers].map(({ family }) => family));
  const systems = new Set([...browsers].map(({ os }) => os));
  const used = Object.keys(sources).sort();
  const numberOf = new Map(used.map((key, index) => [key, index + 1]));
  const cite = (change: Change) => change.sources.map((key) => numberOf.get(key)).join(', ');
  return `${[
    `# Drift

A token is bound to the browser that asked for it, and browsers change: they update themselves every two weeks, travel with their owners and are
told new languages. Every refresh compares the signals of now with those in the token, lets through what happens by itself, and binds the signals
of now. This page is generated from the [drift corpus](../test/drift/), which [drift.test.ts](../test/drift.test.ts) runs through the code that
judges live requests.`,
    [
      row('', 'changes', ...levels.map((level) => `accepted at \`${level}\``)),
      row('---', '---:', ...levels.map(() => '---:')),
      ...kinds.map(({ kind, changes }) => row(kind, String(changes.length), ...counts(changes))),
      row('**Followed**', `**${followed.length}**`, ...counts(followed).map((count) => `**${count}**`)),
      row('[Known rejects](#known-rejects)', String(knownRejects.length), ...counts(knownRejects)),
    ].join('\n'),
    `**Another browser is always refused.** The corpus holds ${browsers.size} browsers as they introduce themselves in November 2026: ${families.size} families on
${systems.size} systems, and with and without client hints where their User-Agent tells them too. All ${strangers.length} pairs that differ in family or system are refused
at \`low\`, \`medium\` and \`high\`, with every other signal the same. The same browser is always accepted, and has the same signals whether or
not client hints came with the request, but for those whose brand alone tells them ([known rejects](#known-rejects)). Version numbers of browsers
without a public calendar are reckoned; nothing depends on them.`,
    `## What is followed

${kinds.map(({ kind, changes }) => `### ${kind}\n\n${changesTable(changes, cite)}`).join('\n\n')}`,
    `## Known rejects

These happen to honest visitors and are refused at \`medium\`. The chat then begins anew; nothing else is lost.

${[
  row('what happens', 'accepted at', 'why it is refused', 'source'),
  row('---', '---', '---', '---'),
  ...knownRejects.map((change) => row(change.name, levelsOf(change), change.reason ?? '', cite(change))),
].join('\n')}`,
    `## What nobody can tell apart

By their headers these are one browser, so that a token of the one passes with the other. A [proof key](configuration.md) tells them apart.

- Safari on a Mac and on an iPad that has not been told otherwise.
- Brave, Chromium and Chrome where no client hints come: Brave's brand alone tells it. Brave on an iPhone and Safari there.
- Chrome on Android and a web view of its engine inside an app, which are updated together; likewise Safari and web views of iOS.
- GNOME Web calls itself Safari; it runs on Linux, where there is no other.`,
    `## Sources

${used.map((key, index) => `${index + 1}. <${sources[key]?.url}>: ${sources[key]?.says}`).join('\n')}`,
  ].join('\n\n')}\n`;
}

function counts(changes: readonly Change[]): readonly string[] {
  return levels.map((level) => String(changes.filter(({ acceptedAt }) => acceptedAt.includes(level)).length));
}

const levelsOf = ({ acceptedAt }: Change) => acceptedAt.map((level) => `\`${level}\``).join(', ') || 'none';

function changesTable(changes: readonly Change[], cite: (change: Change) => string): string {
  return [
    row('what happens', 'for example to', 'accepted at', 'source'),
    row('---', '---', '---', '---'),
    ...changes.map((change) => row(change.name, change.browser, levelsOf(change), cite(change))),
  ].join('\n');
}
