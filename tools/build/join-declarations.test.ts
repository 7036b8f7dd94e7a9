// The types of a package hold what it exports and what that needs, from wherever it is, and nothing is mistaken for
// something else of the same name.

import { describe, expect, it } from 'vitest';
import { exportsOf } from './declared-names.ts';
import { type Declarations, parseDeclarations } from './emit-declarations.ts';
import { joinDeclarations } from './join-declarations.ts';

const source = 'packages/sdk/src/';

/** Modules by their names below the folder of the SDK; other paths as they are. */
function declarations(modules: Readonly<Record<string, string>>): Declarations {
  const files = new Map(
    Object.entries(modules).map(([name, text]) => {
      const path = name.includes('/') ? name : `${source}${name}.ts`;
      return [path, parseDeclarations(path, text)] as const;
    }),
  );
  return (path) => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`no ${path}`);
    return file;
  };
}

const join = (modules: Readonly<Record<string, string>>, global?: string) =>
  joinDeclarations(`${source}index.ts`, declarations(modules), global === undefined ? {} : { global });

it('brings along what an export needs, with its comment, and keeps it private', () => {
  const modules = {
    index: `export { begin } from './begin.ts';\nexport type { Ended } from './states.ts';`,
    begin: `import type { State } from './states.ts';\n/** Begins. */\nexport declare function begin(): State;\nexport declare const unused: 1;`,
    states: `/** One of two. */\nexport type State = 'begun' | Ended;\nexport interface Ended { readonly why: string; }`,
  };
  expect(join(modules)).toBe(`/** Begins. */
export declare function begin(): State;
/** One of two. */
type State = 'begun' | Ended;
export interface Ended { readonly why: string; }
export {};
`);
});

it('follows `export *`, and gives the global of a script its name', () => {
  const modules = { index: `export * from './all.ts';`, all: 'export declare const one: 1;\nexport declare const two: 2;' };
  expect(join(modules, 'Gangway')).toBe(
    'export declare const one: 1;\nexport declare const two: 2;\nexport {};\nexport as namespace Gangway;\n',
  );
});

it('imports what belongs to the packages of others, and renames what was imported under another name', () => {
  const modules = {
    index: `import type { KeyPair } from 'dpop';\nimport type { Options as Given } from './options.ts';\nexport declare function make(given: Given): KeyPair;`,
    options: 'export interface Options { readonly url: string; }',
  };
  expect(join(modules)).toContain(`import type { KeyPair } from 'dpop';`);
  expect(join(modules)).toContain('make(given: Options): KeyPair');
});

it('imports from the main file of the package what that one exports', () => {
  const found = declarations({
    index: 'export interface Verifier { close(): void; }',
    ws: `import type { Verifier } from './index.ts';\nexport declare function hold(verifier: Verifier): void;`,
  });
  const nodes = new Map([...exportsOf(`${source}index.ts`, found)].map(([name, { node }]) => [node, name]));
  expect(joinDeclarations(`${source}ws.ts`, found, { elsewhere: { specifier: './index.js', nodes } })).toBe(
    `import type { Verifier } from './index.js';\nexport declare function hold(verifier: Verifier): void;\nexport {};\n`,
  );
});

describe('it stops', () => {
  it('where two modules give one name to different things', () => {
    const modules = {
      index: `import type { A } from './a.ts';\nimport type { B } from './b.ts';\nexport declare const a: A;\nexport declare const b: B;`,
      a: 'type Same = 1;\nexport type A = Same;',
      b: 'type Same = 2;\nexport type B = Same;',
    };
    expect(() => join(modules)).toThrow(/Same is one thing in .*a\.ts and another in .*b\.ts/);
  });

  it('where a declaration of one module would be taken for a type of the language in another', () => {
    const modules = {
      index: `import type { Sent } from './sent.ts';\nexport declare function read(from: Headers): Sent;`,
      sent: 'type Headers = string;\nexport type Sent = Headers;',
    };
    expect(() => join(modules)).toThrow(/Headers of .*index\.ts is part of the language, and .*sent\.ts has another/);
  });

  it('where a type of the contracts is published that nobody spelled out', () => {
    const modules = {
      index: `import type { Secret } from '@gangway/contracts/participants';\nexport declare const secret: Secret;`,
      'packages/contracts/src/participants.ts': 'export type Secret = 1;',
    };
    expect(() => join(modules)).toThrow(/say in spelled-out\.ts/);
  });

  it('where what is exported is declared nowhere', () => {
    expect(() => join({ index: `export { gone } from './other.ts';`, other: 'export declare const here: 1;' })).toThrow(
      /exports gone, which is declared nowhere/,
    );
  });
});
