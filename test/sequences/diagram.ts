// Reads a sequence diagram of docs/sequences with Mermaid's own parser, so that what is tested is what is drawn.

import { readFileSync } from 'node:fs';
import type { Message } from '@gangway/contracts/contract';
import { diagramLetters, type Participant } from '@gangway/contracts/participants';
import mermaid from 'mermaid';

/** One arrow of a diagram. */
export interface DrawnMessage extends Pick<Message, 'from' | 'to' | 'kind'> {
  /** The words at the arrow, in one line. */
  readonly text: string;
}

/** A diagram, read. */
export interface SequenceDiagram {
  /** The full name that the diagram gives each participant. */
  readonly names: Readonly<Partial<Record<Participant, string>>>;
  /** The titles of its `alt`, `opt` and `break` sections. */
  readonly sections: readonly string[];
  /** The arrows of one way through the diagram: those outside of all sections, and those of the sections named. */
  messages(sections: readonly string[]): readonly DrawnMessage[];
}

/** What Mermaid knows of a sequence diagram; its published types leave this part open. */
interface SequenceDatabase {
  readonly LINETYPE: Readonly<Record<string, number>>;
  getActors(): ReadonlyMap<string, { readonly description: string }>;
  getMessages(): readonly Line[];
}
interface Line {
  readonly type: number;
  readonly from?: string;
  readonly to?: string;
  readonly message: string;
}

const openings = ['ALT_START', 'OPT_START', 'BREAK_START'];
const closings = ['ALT_END', 'OPT_END', 'BREAK_END'];
const activations = ['ACTIVE_START', 'ACTIVE_END'];

/** The participants by their letters. */
const participants = new Map(Object.entries(diagramLetters).map(([name, letters]) => [letters as string, name as Participant]));

/** Reads `docs/sequences/<name>.mmd`. */
export async function readDiagram(name: string): Promise<SequenceDiagram> {
  const text = readFileSync(new URL(`../../docs/sequences/${name}.mmd`, import.meta.url), 'utf8');
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const database = db as unknown as SequenceDatabase;
  const lines = database.getMessages();
  const types = new Map(Object.entries(database.LINETYPE).map(([type, number]) => [number, type]));
  const typeOf = (line: Line) => types.get(line.type) ?? '';
  const sections = lines.filter((line) => openings.includes(typeOf(line))).map((line) => line.message);

  return {
    names: Object.fromEntries(
      [...database.getActors()].map(([letters, { description }]) => [participantOf(letters), description]),
    ),
    sections,
    messages(chosen) {
      const unknown = chosen.find((title) => !sections.includes(title));
      if (unknown !== undefined) throw new Error(`${name}.mmd has no section "${unknown}"`);
      const messages: DrawnMessage[] = [];
      let section: string | undefined;
      for (const line of lines) {
        const type = typeOf(line);
        const isTaken = section === undefined || chosen.includes(section);
        if (openings.includes(type)) section = line.message;
        else if (closings.includes(type)) {
          // A `break` that was taken ends the whole sequence.
          if (isTaken && type === 'BREAK_END') break;
          section = undefined;
        } else if (isTaken && !activations.includes(type)) messages.push(readMessage(line, type));
      }
      return messages;
    },
  };
}

function readMessage({ from = '', to = '', message }: Line, type: string): DrawnMessage {
  const text = message.replaceAll(/\s*<br\s*\/?>\s*/g, ' ').trim();
  const isStep = from === to;
  if (type !== 'SOLID' && (type !== 'DOTTED' || isStep))
    throw new Error(`no such arrow is known: ${from} ${type} ${to}: ${text}`);
  const kind = isStep ? 'step' : type === 'SOLID' ? 'request' : 'answer';
  return { from: participantOf(from), to: participantOf(to), kind, text };
}

function participantOf(letters: string): Participant {
  const participant = participants.get(letters);
  if (participant === undefined) throw new Error(`no participant has the letters ${letters}`);
  return participant;
}
