// The reference of a package for the people who use it: what it exports, out of the doc comments of its own sources.

import { type Declared, exportsOf, mentionsIn, resolve } from '../build/declared-names.ts';
import type { Declarations, SyntaxNode } from '../build/emit-declarations.ts';
import { type Member, membersOf, withoutComments } from './declared-members.ts';
import { type DocComment, readDocComment } from './doc-comment.ts';

/** A page, and where its words come from. */
export interface ReferencePage {
  readonly title: string;
  /** What stands above the reference, in Markdown. */
  readonly introduction: string;
  readonly entries: readonly {
    /** The specifier that it is imported by. */
    readonly specifier: string;
    /** The module, by its path in the repository. */
    readonly path: string;
    readonly introduction?: string;
  }[];
}

/** A declaration by the name that it is exported under. */
type Named = readonly [name: string, declared: Declared];

/** The whole page, as Markdown. */
export function referencePage({ title, introduction, entries }: ReferencePage, declarations: Declarations): string {
  const shown = new Set<SyntaxNode>();
  const sections = entries.flatMap(({ specifier, path, introduction: words }) => {
    const all = [...exportsOf(path, declarations)].filter(([, { node }]) => !shown.has(node));
    for (const [, { node }] of all) shown.add(node);
    const names = new Set(all.map(([name]) => name));
    const ordered = inReadingOrder(all, path, declarations);
    return [
      `## \`${specifier}\``,
      ...(words === undefined ? [] : [words]),
      ...ordered.flatMap(([name, declared]) => [`### ${name}`, ...describe(declared, (each) => names.has(each), declarations)]),
    ];
  });
  return `${[`# ${title}`, introduction, ...sections].join('\n\n')}\n`;
}

/** Functions before types, the module's own before those of others, and each type after what mentions it first. */
function inReadingOrder(all: readonly Named[], path: string, declarations: Declarations): readonly Named[] {
  const isFunction = ([, { node }]: Named) => node.type === 'TSDeclareFunction';
  const isOwn = ([, { file }]: Named) => file.path === path;
  const functions = all.filter(isFunction);
  const begun = [...functions.filter(isOwn), ...functions.filter((each) => !isOwn(each))];
  const seen = new Set<SyntaxNode>();
  const reached: SyntaxNode[] = [];
  const follow = (declared: Declared) => {
    if (seen.has(declared.node)) return;
    seen.add(declared.node);
    reached.push(declared.node);
    for (const { name } of mentionsIn(declared)) {
      const found = resolve(name, declared.file.path, declarations);
      if (typeof found === 'object') follow(found);
    }
  };
  for (const [, declared] of [...begun, ...all]) follow(declared);
  const types = all.filter((each) => !isFunction(each));
  return [...begun, ...types.toSorted(([, a], [, b]) => reached.indexOf(a.node) - reached.indexOf(b.node))];
}

function describe(declared: Declared, isExported: (name: string) => boolean, declarations: Declarations): readonly string[] {
  const comment = readDocComment(declared.comment);
  if (declared.node.type === 'TSDeclareFunction')
    return [code(signatureOf(declared)), comment.text, ...parametersOf(comment), ...endOf(comment)];
  const members = membersOf(declared, isExported, declarations);
  if (members === undefined) return [comment.text, code(signatureOf(declared)), ...endOf(comment)];
  const extended = ((declared.node.extends ?? []) as readonly SyntaxNode[])
    .map(({ start, end }) => declared.file.text.slice(start, end))
    .filter(isExported);
  const more =
    extended.length === 0
      ? []
      : [`It has the members of ${extended.map((name) => `[\`${name}\`](#${name.toLowerCase()})`).join(', ')} too.`];
  return [comment.text, ...more, ...endOf(comment), ...(members.length === 0 ? [] : [tableOf(members)])];
}

const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;

function signatureOf({ node, file }: Declared): string {
  return file.text.slice(node.start, node.end).replace(/^declare /, '');
}

function parametersOf({ parameters }: DocComment): readonly string[] {
  if (parameters.size === 0) return [];
  return [[...parameters].map(([name, words]) => `- \`${name}\`: ${words}`).join('\n')];
}

function endOf({ returns, throws, examples }: DocComment): readonly string[] {
  const answer = returns === undefined ? [] : [`Gives ${returns}.`];
  return [...answer, ...throws.map((words) => `Throws ${thrown(words)}.`), ...examples.map(code)];
}

const thrown = (words: string) => words.replace(/^(\w+)/, '`$1`').replace(/\.$/, '');

function tableOf(members: readonly Member[]): string {
  const rows = members.map(({ name, type, optional, comment }) => {
    const { text, parameters, returns, throws } = readDocComment(comment);
    const more = [
      ...[...parameters].map(([parameter, words]) => `\`${parameter}\`: ${words}`),
      ...(returns === undefined ? [] : [`Gives ${returns}.`]),
      ...throws.map((words) => `Throws ${thrown(words)}.`),
    ];
    return `| \`${name}${optional ? '?' : ''}\` | \`${cell(withoutComments(type))}\` | ${cell([...text.split('\n'), ...more].join('<br>'))} |`;
  });
  return ['| member | type | what it is |', '|---|---|---|', ...rows].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');
