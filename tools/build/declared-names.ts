// What a package offers: every exported name, the declaration behind it, wherever that stands, and what that one needs in
// turn. The types of a published package and its reference page are both made of this.

import { type DeclarationFile, type Declarations, type SyntaxNode, sourceOf, walk } from './emit-declarations.ts';

/** A declaration and where it stands. */
export interface Declared {
  readonly name: string;
  readonly file: DeclarationFile;
  /** The declaration itself: a function, class, interface, type or constant. */
  readonly node: SyntaxNode;
  /** What stands before it: its doc comment, and the end of that line. */
  readonly leading: string;
  readonly comment: string | undefined;
}

/** The names of one file. */
interface Scope {
  readonly declared: ReadonlyMap<string, Declared>;
  /** Of an imported or passed-on name, where it comes from. */
  readonly imported: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  /** The exported name and the name inside. */
  readonly exported: ReadonlyMap<string, string>;
  /** Of what modules everything is passed on. */
  readonly passedOn: readonly string[];
}

/** The exported names of a module, each with its declaration, in the order in which the module exports them. */
export function exportsOf(path: string, declarations: Declarations): ReadonlyMap<string, Declared> {
  const { exported, passedOn } = scopeOf(declarations(path));
  const own = [...exported].map(([name, inside]): [string, Declared] => {
    const found = resolve(inside, path, declarations);
    if (typeof found !== 'object') throw new Error(`${path} exports ${name}, which is declared nowhere here.`);
    return [name, found];
  });
  const others = passedOn.flatMap((specifier) => {
    const target = sourceOf(specifier, path);
    return target === undefined ? [] : [...exportsOf(target, declarations)];
  });
  // Of two, the module's own export counts.
  return new Map([...own, ...others.filter(([name]) => !exported.has(name))]);
}

/** A declaration of ours, the specifier of a package of others that has it, or undefined where it is part of the language. */
export function resolve(name: string, path: string, declarations: Declarations): Declared | string | undefined {
  const { declared, imported } = scopeOf(declarations(path));
  const own = declared.get(name);
  if (own !== undefined) return own;
  const source = imported.get(name);
  if (source === undefined) return undefined;
  const target = sourceOf(source.from, path);
  if (target === undefined) return source.from;
  const { exported, passedOn } = scopeOf(declarations(target));
  const inside = exported.get(source.name);
  if (inside !== undefined) return resolve(inside, target, declarations);
  return passedOn.length === 0 ? undefined : exportsOf(target, declarations).get(source.name);
}

/** A name in the middle of a declaration, and where it stands in the file. */
export interface Mention {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The names that a declaration mentions and does not bring along itself. */
export function mentionsIn({ node, file }: Declared): readonly Mention[] {
  const mentions: Mention[] = [];
  const own = new Set<string>();
  const note = (mentioned: unknown) => {
    const { type, name, left, object, start, end } = (mentioned ?? {}) as SyntaxNode;
    if (type === 'TSQualifiedName') note(left);
    else if (type === 'MemberExpression') note(object);
    else if (typeof name === 'string') mentions.push({ name, start, end });
  };
  walk(node, ({ type, typeName, exprName, expression, superClass, name }) => {
    if (type === 'TSTypeReference') note(typeName);
    if (type === 'TSTypeQuery') note(exprName);
    if (type === 'TSInterfaceHeritage' || type === 'TSClassImplements') note(expression);
    if (type === 'ClassDeclaration') note(superClass);
    if (type === 'TSTypeParameter' || type === 'TSMappedType') own.add(nameOf(name));
    if (type === 'TSImportType') throw new Error(`A declaration of ${file.path} imports a type in its middle: give it a name.`);
  });
  return mentions.filter(({ name }) => !own.has(name));
}

/** The name that an identifier, a key or a text bears. */
export function nameOf(node: unknown): string {
  if (typeof node === 'string') return node;
  const { name, value } = (node ?? {}) as SyntaxNode;
  return typeof name === 'string' ? name : typeof value === 'string' ? value : '';
}

const scopes = new WeakMap<DeclarationFile, Scope>();

function scopeOf(file: DeclarationFile): Scope {
  const known = scopes.get(file);
  if (known !== undefined) return known;
  const declared = new Map<string, Declared>();
  const imported = new Map<string, { from: string; name: string }>();
  const exported = new Map<string, string>();
  const passedOn: string[] = [];
  const declare = (statement: SyntaxNode, node: SyntaxNode) => {
    const [variable] = (node.declarations ?? []) as readonly SyntaxNode[];
    const name = nameOf(variable?.id ?? node.id);
    const comment = file.commentBefore(statement.start);
    const before = comment === undefined ? '' : file.text.slice(comment.start, statement.start);
    declared.set(name, { name, file, node, comment: comment?.text, leading: before });
    return name;
  };
  for (const statement of file.statements) {
    const { type, source, declaration, specifiers } = statement;
    const from = nameOf(source);
    const named = (specifiers ?? []) as readonly SyntaxNode[];
    if (type === 'ImportDeclaration') {
      for (const { local, imported: name } of named) imported.set(nameOf(local), { from, name: nameOf(name) });
    } else if (type === 'ExportNamedDeclaration' && declaration) {
      const name = declare(statement, declaration as SyntaxNode);
      exported.set(name, name);
    } else if (type === 'ExportNamedDeclaration') {
      for (const { local, exported: name } of named) {
        exported.set(nameOf(name), nameOf(local));
        if (from !== '') imported.set(nameOf(local), { from, name: nameOf(local) });
      }
    } else if (type === 'ExportAllDeclaration') passedOn.push(from);
    else if (type === 'ExportDefaultDeclaration') throw new Error(`${file.path}: export by name.`);
    else declare(statement, statement);
  }
  const scope = { declared, imported, exported, passedOn };
  scopes.set(file, scope);
  return scope;
}
