// The page on theft: what became of thousands of stolen tokens, as the theft table last measured it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Level, levels, type Measurement } from '../../test/theft/measure.ts';
import { thiefClasses } from '../../test/theft/thieves.ts';

/** Where the figures of the last measurement are kept. */
export const measurementFile = fileURLToPath(new URL('../../test/theft/measured.json', import.meta.url));

/** The last measurement. */
export function readMeasurement(): Measurement {
  return JSON.parse(readFileSync(measurementFile, 'utf8')) as Measurement;
}

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const number = (value: number) => value.toLocaleString('en-US');

/** The whole page, as Markdown. */
export function theftPage({ replays, lockout }: Measurement): string {
  const tried = replays[0]?.tried ?? 0;
  const acceptedOf = (thief: string, level: Level) =>
    number(replays.find((cell) => cell.thief === thief && cell.level === level)?.accepted ?? Number.NaN);
  return `${[
    `# Theft

What is a stolen token worth? Measured, not promised: for each kind of thief and each [sensitivity level](configuration.md#a-deployment),
${number(tried)} visitors began a session at a running node, and a thief presented the token of each to be refreshed. The table says how many of the
${number(tried)} were accepted.`,
    [
      row('', 'the thief has', ...levels.map((level) => `\`${level}\``)),
      row('---', '---', ...levels.map(() => '---:')),
      ...thiefClasses.map(({ name, letter, has }) => row(`(${letter})`, has, ...levels.map((level) => acceptedOf(name, level)))),
    ].join('\n'),
    meaning,
    `## Guessing

A thief who knows every signal but \`loginTimestamp\` can guess it. A fifth refusal by signals ends the session, so that the two refusals, of the
token and of the browser, are no oracle for long:`,
    [
      row('level', 'sessions', 'guesses judged, at most, in any of them', 'right guess accepted afterwards'),
      row('---', '---:', '---:', '---:'),
      ...lockout.map(({ level, sessions, triesMax, acceptedAfterwards }) =>
        row(`\`${level}\``, number(sessions), number(triesMax), number(acceptedAfterwards)),
      ),
    ].join('\n'),
    guessing,
    notStopped,
    again,
  ].join('\n\n')}\n`;
}

const meaning = `- **(a) A token that leaked by itself**, in a log, a copied address, a screenshot, cannot be refreshed from \`low\` on. At \`off\`, which compares
  nothing, it passes as soon as the request brings any signals at all; where [Webchat Security](configuration.md) is off, not even these are asked for.
- **(b) The same browser elsewhere** is told apart by the moment at which the page logged in, and by nothing else. A page that does not
  say one (Twilio's client sends \`9999999\` then) gives this up: the second row of (b).
- **(c) Whoever copied the token and all headers is accepted, at every level.** Headers can be copied; \`loginTimestamp\` lies beside the
  token in the browser's storage. The levels do not stop this thief, and no setting of them ever will.
- **(d) A [proof key](configuration.md#a-deployment) stops him.** The key cannot be read out of the browser. On each session the thief tried no
  proof, a proof by a key of his own, the visitor's own proofs of the create and of the last refresh, a spliced one, and the token as
  \`Bearer\`, at the edge; and no proof and a captured one at validation. That holds at every level, at \`off\` too, and none of it ended the honest visitor's session.

(a), (b) and (c) are sessions without a proof key.`;

const guessing = `Guesses came one after another in every second session, and all at once in the others. The other side of it: whoever holds the token of a
session without a proof key can end the chat, by guessing wrong five times. In a session with a proof key the proof is judged first, and a
refusal without it does not count.`;

const notStopped = `## What is not stopped

- **A script in the live page** uses the page: it asks as the visitor, from the visitor's browser, with the visitor's key. Nothing here stops
  it; a content security policy keeps such scripts out of the page.
- **A thief of class (c) until the session notices.** Refreshes have generations: when the thief's and the visitor's both go on, one of
  the two presents a generation that was superseded more than ten seconds ago, and the session ends for both. Until then, or for
  as long as only one of them refreshes, it lasts.
- **A backend that checks the token alone.** The table is of refreshes. Validation compares signals only where the backend passes a
  \`fingerprint\`, and says so (\`fingerprintChecked\`); without one, a token that is bound to no key is good for anybody until it
  expires. A token that is bound to a key is refused without a proof there too.
- **A copied proof that has not arrived yet.** Proofs count once; whoever can hold one back on its way has broken TLS, and gets a token
  that is bound to the visitor's key.
- **A malicious program on the visitor's device**, which can use the key, if not take it away.`;

const again = `## Measuring it again

\`\`\`sh
node tools/theft-table.ts
\`\`\`

runs all of it against a node of its own, takes a minute or two, and writes this page and [measured.json](../test/theft/measured.json). Every test run
replays a smaller number through the same [code](../test/theft/thieves.ts) and fails where a row would come out otherwise.`;
