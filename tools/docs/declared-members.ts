// The members of an exported type as the reference shows them: those of the types that it extends and that nobody can
// import come along.

import { type Declared, nameOf, resolve } from '../build/declared-names.ts';
import type { DeclarationFile, Declarations, SyntaxNode } from '../build/emit-declarations.ts';

/** A member of an interface or a class. */
export interface Member {
  readonly name: string;
  /** The type of a property, or the parameters and the answer of a method. */
  readonly type: string;
  readonly optional: boolean;
  readonly comment: string | undefined;
}

/** The members of an interface, a class, or a type that is written as an object; undefined where it is none of these. */
export function membersOf(
  declared: Declared,
  isExported: (name: string) => boolean,
  declarations: Declarations,
): readonly Member[] | undefined {
  const { node, file } = declared;
  const body = bodyOf(node);
  if (body === undefined) return undefined;
  const bases = ((node.extends ?? []) as readonly SyntaxNode[]).map(({ expression }) => nameOf(expression));
  const inherited = bases.flatMap((name) => {
    const base = isExported(name) ? undefined : resolve(name, file.path, declarations);
    return typeof base === 'object' ? (membersOf(base, isExported, declarations) ?? []) : [];
  });
  return [...inherited, ...body.flatMap((member) => readMember(member, file))];
}

function bodyOf({ type, body, typeAnnotation }: SyntaxNode): readonly SyntaxNode[] | undefined {
  if (type === 'TSInterfaceDeclaration' || type === 'ClassDeclaration') return (body as { body: readonly SyntaxNode[] }).body;
  const { type: kind, members } = (typeAnnotation ?? {}) as SyntaxNode;
  return kind === 'TSTypeLiteral' ? (members as readonly SyntaxNode[]) : undefined;
}

function readMember(member: SyntaxNode, file: DeclarationFile): readonly Member[] {
  const { type, key, accessibility, optional, kind } = member;
  if (accessibility === 'private' || kind === 'constructor' || type === 'TSIndexSignature') return [];
  const name = nameOf(key);
  if (name === '' || name.startsWith('#')) return [];
  const source = file.text.slice(member.start, member.end).replace(/;$/, '');
  const after = source.slice(source.indexOf(name) + name.length).replace(/^['"]?\??/, '');
  const isMethod = after.startsWith('(') || after.startsWith('<');
  const written =
    kind === 'get' ? after.replace(/^\(\)\s*:?\s*/, '') : isMethod ? signature(after) : after.replace(/^\s*[:=]\s*/, '');
  return [
    {
      name,
      type: withoutComments(written),
      optional: Boolean(optional),
      comment: file.commentBefore(member.start)?.text,
    },
  ];
}

/** `(a: string): void` as a type: `(a: string) => void`. */
function signature(written: string): string {
  let depth = 0;
  for (const [index, character] of [...written].entries()) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ')' && depth === 0)
      return `${written.slice(0, index + 1)} => ${written.slice(index + 1).replace(/^\s*:\s*/, '')}`;
  }
  return written;
}

/** A type on one line. */
export function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
