// Holds the messages that a request really caused against those that a diagram draws: the same, in the same order,
// nothing missing and nothing extra.

import type { Message } from '@gangway/contracts/contract';
import { diagramLetters } from '@gangway/contracts/participants';
import { isRefusalCode } from '@gangway/contracts/refusals';
import { ValidationRefusal } from '@gangway/contracts/scoped-auth';
import type { DrawnMessage } from './diagram.ts';
import { readLabel } from './read-label.ts';

/** How a recording shows a value that it must not show. */
const hidden = '…';
const verdicts: readonly string[] = ['true', 'false', ...ValidationRefusal.anyOf.map((literal) => literal.const)];

/**
 * Compares the messages of a request with those of a branch of a diagram.
 * @returns every difference, in words; empty where there is none
 */
export function compareMessages(drawn: readonly DrawnMessage[], recorded: readonly Message[]): readonly string[] {
  const length = Math.max(drawn.length, recorded.length);
  return Array.from({ length }, (_, index) => {
    const [expected, found] = [drawn[index], recorded[index]];
    const problem = problemOf(expected, found);
    return problem === undefined ? [] : [`${index + 1}: ${problem}`];
  }).flat();
}

function problemOf(drawn: DrawnMessage | undefined, recorded: Message | undefined): string | undefined {
  if (drawn === undefined) return recorded && `recorded, but not drawn: ${arrow(recorded)} ${recorded.label}`;
  if (recorded === undefined) return `drawn, but not recorded: ${arrow(drawn)} ${drawn.text}`;
  if (arrow(drawn) !== arrow(recorded)) {
    return `drawn is ${arrow(drawn)} ${drawn.text}, recorded is ${arrow(recorded)} ${recorded.label}`;
  }
  const { words, fields } = readLabel(drawn.text);
  // An answer bears no label of its own: its fields say everything.
  if (drawn.kind !== 'answer' && !sameWords(words, recorded.label)) return `drawn is "${words}", recorded is "${recorded.label}"`;
  const wrong = Object.entries(fields).find(([name, value]) => !sameField(value, recorded.fields[name]));
  if (wrong === undefined) return undefined;
  const [name, value] = wrong;
  return `${arrow(drawn)}: ${name} is drawn as ${value}, recorded as ${recorded.fields[name] ?? 'missing'}`;
}

function arrow({ from, to, kind }: Pick<Message, 'from' | 'to' | 'kind'>): string {
  return `${diagramLetters[from]} ${kind === 'answer' ? '-->>' : '->>'} ${diagramLetters[to]}`;
}

/** Paths are read without regard to case: both `/V2/…` and `/v2/…` are drawn. */
function sameWords(drawn: string, recorded: string): boolean {
  return drawn.toLowerCase() === recorded.toLowerCase();
}

/** Whether a drawn member was sent: with its value where that is a verdict or a code, else with whatever value. */
function sameField(drawn: string, recorded: string | undefined): boolean {
  if (recorded === undefined) return false;
  const isLiteral = verdicts.includes(drawn) || isRefusalCode(drawn) || /^\d{3}$/.test(drawn);
  return isLiteral ? recorded === drawn : recorded === hidden || drawn === '';
}
