// One file of types for a package: what it exports, and the declarations that these need, out of all its modules. What is
// not exported stays private to the file.

import { type Declared, exportsOf, mentionsIn, resolve } from './declared-names.ts';
import type { Declarations, SyntaxNode } from './emit-declarations.ts';
import { spelledOut } from './spelled-out.ts';

/** How declarations are joined. */
export interface JoinOptions {
  /** What another file of the package exports, with the specifier to import it by. */
  readonly elsewhere?: { readonly specifier: string; readonly nodes: ReadonlyMap<SyntaxNode, string> };
  /** The global under which a script tag has the exports. */
  readonly global?: string;
}

/**
 * The declarations of a module as one text.
 * @throws Error where two modules give one name to different things
 */
export function joinDeclarations(path: string, declarations: Declarations, { elsewhere, global }: JoinOptions = {}): string {
  const exported = exportsOf(path, declarations);
  const taken = new Map<SyntaxNode, Declared>();
  const names = new Map<string, Declared>();
  const imports = new Map<string, Set<string>>();
  const importName = (name: string, specifier: string) => imports.set(specifier, (imports.get(specifier) ?? new Set()).add(name));

  const take = (declared: Declared) => {
    if (taken.has(declared.node)) return;
    const name = publishedName(declared);
    const other = names.get(name);
    if (other !== undefined) {
      throw new Error(
        `${name} is one thing in ${other.file.path} and another in ${declared.file.path}: give one of them another name.`,
      );
    }
    taken.set(declared.node, declared);
    names.set(name, declared);
    if (spelledOut(declared) !== undefined) return;
    for (const { name: mentioned } of mentionsIn(declared)) {
      const found = resolve(mentioned, declared.file.path, declarations);
      if (typeof found === 'string') importName(mentioned, found);
      if (typeof found !== 'object') continue;
      const there = elsewhere?.nodes.get(found.node);
      if (elsewhere !== undefined && there !== undefined) importName(there, elsewhere.specifier);
      else take(found);
    }
  };
  for (const [name, declared] of exported) {
    if (name !== publishedName(declared))
      throw new Error(`${path} exports ${declared.name} as ${name}: export it by its own name.`);
    if (elsewhere?.nodes.has(declared.node) !== true) take(declared);
  }
  const passedOn = [...exported].filter(([, { node }]) => elsewhere?.nodes.has(node) === true).map(([name]) => name);

  const publicNodes = new Set([...exported.values()].map(({ node }) => node));
  const parts = [
    ...[...imports].sort().map(([specifier, all]) => `import type { ${[...all].sort().join(', ')} } from '${specifier}';`),
    ...(passedOn.length === 0 ? [] : [`export { ${passedOn.join(', ')} } from '${elsewhere?.specifier}';`]),
    ...[...taken.values()].map((declared) => print(declared, publicNodes.has(declared.node), declarations, names)),
    // Without this line every declaration of the file would count as exported.
    'export {};',
    ...(global === undefined ? [] : [`export as namespace ${global};`]),
  ];
  return `${parts.join('\n')}\n`;
}

const publishedName = (declared: Declared) => spelledOut(declared)?.name ?? declared.name;

function print(
  declared: Declared,
  isExported: boolean,
  declarations: Declarations,
  names: ReadonlyMap<string, Declared>,
): string {
  const { node, file, leading } = declared;
  const before = isExported ? 'export ' : '';
  const spelled = spelledOut(declared);
  if (spelled !== undefined) return `${spelled.comment}\n${before}type ${spelled.name} =${spelled.type};`;
  // From the end to the beginning, so that places stay right.
  const text = mentionsIn(declared)
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (written, { name, start, end }) => {
        const found = resolve(name, file.path, declarations);
        if (found === undefined && names.has(name)) {
          throw new Error(`${name} of ${file.path} is part of the language, and ${names.get(name)?.file.path} has another.`);
        }
        const published = typeof found === 'object' ? publishedName(found) : name;
        return `${written.slice(0, start - node.start)}${published}${written.slice(end - node.start)}`;
      },
      file.text.slice(node.start, node.end),
    );
  return `${leading}${before}${/^(?:interface|type|declare)\b/.test(text) ? '' : 'declare '}${text}`;
}
