// The panel in which tokens are stolen: two visitors side by side, one without a proof key and one with, and what a thief
// gets with what each of them sent. Results come one after another, each to be looked at in its sequence.

import { byId, html } from './element.ts';
import { createSequencePanel } from './show-sequence.ts';
import { type Outcome, type Theft, thefts } from './thefts.ts';
import { comeAboard, type Destinations, type Loot, type ThrowAwayVisitor } from './throw-away-visitor.ts';

/** Between two results, so that the eye can follow (milliseconds). */
const pauseMs = 450;

const columns = [
  { bound: false, name: 'Without a proof key', short: 'No proof key' },
  { bound: true, name: 'With a proof key', short: 'Proof key' },
] as const;

/** Accepted of 1,000 stolen tokens at the level `medium`, as docs/theft.md has them; a test holds the two together. */
const figures: readonly { readonly accepted: string; readonly of: string; readonly tone: 'good' | 'refused' }[] = [
  { accepted: '0', of: 'with the token alone', tone: 'good' },
  { accepted: '1,000', of: 'with the token and every header', tone: 'refused' },
  { accepted: '0', of: 'with all of that, against a proof key', tone: 'good' },
];

/** Fills the panel, and lets its button steal. */
export function enableStealing(destinations: Destinations): void {
  const sequence = createSequencePanel({
    panel: byId('steal-sequence', HTMLElement),
    asText: byId('steal-as-text', HTMLElement),
    words: byId('steal-words', HTMLElement),
  });
  const place = byId('steal-place', HTMLElement);
  const status = byId('steal-status', HTMLElement);
  const button = byId('steal-now', HTMLButtonElement);
  const tried = thefts.filter(({ atChat }) => !atChat || destinations.chatUrl !== undefined);
  const table = createTable(tried);
  place.replaceChildren(table.element);
  byId('figures', HTMLElement).replaceChildren(
    ...figures.map(({ accepted, of, tone }) =>
      html('p', { class: `figure ${tone}` }, html('strong', {}, accepted), html('span', {}, of)),
    ),
  );

  const look = (chosen: HTMLButtonElement, { callId }: Outcome) => {
    for (const other of table.element.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === chosen));
    byId('steal-sequence', HTMLElement).hidden = false;
    void sequence.show(callId === undefined ? [] : [callId]);
  };
  const steal = async () => {
    table.clear();
    status.textContent = 'Two visitors come aboard…';
    const visitors = await Promise.all(columns.map(({ bound }) => comeAboardIfPossible(bound, destinations)));
    const loots = visitors.map((visitor) => visitor?.loot);
    const tally = columns.map(() => ({ tries: 0, accepted: 0 }));
    for (const theft of tried) {
      for (const [column, { bound, name }] of columns.entries()) {
        const loot = loots[column];
        if (loot === undefined) table.leaveOut(theft, column, bound ? 'Needs https' : 'A proof is required');
        else if (!bound && !theft.needsNoProof) table.leaveOut(theft, column, 'No proof is asked for');
        else {
          const outcome = await theft.commit(loot, destinations);
          loots[column] = keepGain(loot, outcome);
          count(tally[column], outcome);
          status.textContent = `${name}. ${theft.shows}: ${wordsOf(outcome)}.`;
          table.fill(theft, column, outcome, look);
          await pause();
        }
      }
    }
    status.textContent = summaryOf(tally);
    await Promise.all(visitors.map((visitor) => visitor?.end().catch(() => {})));
  };

  button.disabled = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await steal();
    } catch {
      status.textContent = 'The server cannot be reached, or asks for patience. Try again in a minute.';
    }
    button.disabled = false;
    button.textContent = 'Steal again';
  });
}

/** A browser makes keys on https and on localhost alone. */
async function comeAboardIfPossible(bound: boolean, destinations: Destinations): Promise<ThrowAwayVisitor | undefined> {
  return bound && !isSecureContext ? undefined : comeAboard(bound, destinations);
}

/** Who was let in goes on with the newer token. */
function keepGain(loot: Loot, { gained }: Outcome): Loot {
  return gained === undefined ? loot : { ...loot, token: gained };
}

function count(tally: { tries: number; accepted: number } | undefined, { accepted }: Outcome): void {
  if (tally === undefined) return;
  tally.tries += 1;
  if (accepted) tally.accepted += 1;
}

function wordsOf({ accepted, status, code }: Outcome): string {
  return accepted ? `let in, ${status}` : `refused, ${[status, code].filter(Boolean).join(' ')}`;
}

function summaryOf([without, withKey]: readonly { readonly tries: number; readonly accepted: number }[]): string {
  const times = (number: number) => (number === 1 ? 'once' : number === 2 ? 'twice' : `${number} times`);
  const first =
    without === undefined || without.tries === 0
      ? 'Without a proof key nobody comes aboard here.'
      : `Without a proof key the thief got in ${times(without.accepted)} in ${without.tries} tries.`;
  if (withKey === undefined || withKey.tries === 0) return first;
  const second = withKey.accepted === 0 ? 'not once' : times(withKey.accepted);
  return `${first} With one, ${second} in ${withKey.tries}.`;
}

function pause(): Promise<void> {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}

/** The table: a row for each theft, a column for each visitor. */
function createTable(tried: readonly Theft[]) {
  const cellId = (theft: Theft, column: number) => `theft-${theft.id}-${columns[column]?.bound ? 'with' : 'without'}`;
  const rows = tried.map((theft) =>
    html(
      'tr',
      { role: 'row' },
      html('th', { scope: 'row', role: 'rowheader', id: `theft-${theft.id}` }, theft.shows),
      ...columns.map(({ short }, column) =>
        html('td', { role: 'cell', id: cellId(theft, column), 'data-column': short }, html('span', { class: 'quiet' }, '·')),
      ),
    ),
  );
  // Roles said aloud, because the style sheet stacks the table on narrow screens.
  const element = html(
    'table',
    { role: 'table', class: 'thefts', 'aria-labelledby': 'steal-title' },
    html(
      'thead',
      { role: 'rowgroup' },
      html(
        'tr',
        { role: 'row' },
        html('th', { scope: 'col', role: 'columnheader' }, 'The thief shows'),
        ...columns.map(({ name }) => html('th', { scope: 'col', role: 'columnheader' }, name)),
      ),
    ),
    html('tbody', { role: 'rowgroup' }, ...rows),
  );
  const put = (theft: Theft, column: number, content: Node) => {
    element.querySelector(`#${cellId(theft, column)}`)?.replaceChildren(content);
  };
  return {
    element,
    clear: () => {
      for (const theft of tried) {
        for (const column of columns.keys()) put(theft, column, html('span', { class: 'quiet' }, '·'));
      }
    },
    leaveOut: (theft: Theft, column: number, why: string) => put(theft, column, html('span', { class: 'quiet' }, why)),
    fill: (theft: Theft, column: number, outcome: Outcome, look: (button: HTMLButtonElement, outcome: Outcome) => void) => {
      const { accepted, status, code } = outcome;
      const button = html(
        'button',
        {
          type: 'button',
          class: `outcome ${accepted ? 'let-in' : 'refused'}`,
          'aria-describedby': `theft-${theft.id}`,
          'aria-pressed': 'false',
          title: 'Show its calls',
        },
        html('strong', {}, accepted ? 'Let in' : 'Refused'),
        ' ',
        html('code', {}, [status, code].filter(Boolean).join(' ')),
      );
      button.addEventListener('click', () => look(button, outcome));
      put(theft, column, button);
    },
  };
}
