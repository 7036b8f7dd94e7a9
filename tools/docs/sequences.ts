// The sequence diagrams as files, and the hash by which a picture tells what it was made from.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../source-tree.ts';
import { mermaidSettings, sequenceStyle } from './sequence-style.ts';

const folder = join(repositoryRoot, 'docs/sequences');

/** A diagram of docs/sequences. */
export interface Sequence {
  /** The file's name without `.mmd`. */
  readonly name: string;
  readonly source: string;
}

/** Reads the diagrams. */
export function readSequences(): readonly Sequence[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.mmd'));
  return files.sort().map((file) => ({ name: file.slice(0, -'.mmd'.length), source: readFileSync(join(folder, file), 'utf8') }));
}

/** What a picture is made from: the diagram, Mermaid's settings and the style. */
export function sequenceHash({ source }: Sequence): string {
  return createHash('sha256')
    .update(JSON.stringify([source, mermaidSettings, sequenceStyle]))
    .digest('hex');
}

/** The title that a diagram gives itself in its first comment. */
export function titleOf({ source }: Sequence): string {
  return /^%% (.+)$/m.exec(source)?.[1] ?? '';
}
