// Whatever the published packages export is explained, and the pages say what the comments say.

import { beforeAll, describe, expect, it } from 'vitest';
import { exportsOf } from '../build/declared-names.ts';
import { type Declarations, emitDeclarations, parseDeclarations } from '../build/emit-declarations.ts';
import { membersOf } from './declared-members.ts';
import { readDocComment } from './doc-comment.ts';
import { referencePage } from './reference-page.ts';
import { entriesOf } from './references.ts';

const entries = [...entriesOf('sdk'), ...entriesOf('verify')];
let declarations: Declarations;
beforeAll(() => {
  declarations = emitDeclarations(entries.map(({ path }) => path));
});

describe.each(entries)('$specifier', ({ path }) => {
  it('has a doc comment for everything that it exports, and for every method', () => {
    const exported = exportsOf(path, declarations);
    expect(exported.size).toBeGreaterThan(0);
    const silent = [...exported].flatMap(([name, declared]) => {
      const members = membersOf(declared, (each) => exported.has(each), declarations) ?? [];
      const methods = members.filter(({ type, comment }) => type.includes('=>') && comment === undefined);
      return [...(declared.comment === undefined ? [name] : []), ...methods.map((method) => `${name}.${method.name}`)];
    });
    expect(silent).toEqual([]);
  });
});

describe('a page', () => {
  const text = `
    /**
     * Begins a session,
     * at once.
     * @param url where
     * @throws GangwayError where none can be had
     * @example
     * begin('https://chat.example');
     */
    export declare function begin(url: string): Session;
    interface Base { /** When it ends. */ readonly end: number; }
    /** A session. */
    export interface Session extends Base {
      /** Calls back. */
      onChange(listener: (state: string | undefined) => void): () => void;
      readonly name?: string;
    }
    /** One of two. */
    export type Kind = 'a' | 'b';
  `;
  const path = 'packages/sdk/src/index.ts';
  const file = parseDeclarations(path, text);
  const page = referencePage(
    { title: 'A page', introduction: 'Words.', entries: [{ specifier: '@gangway/sdk', path }] },
    () => file,
  );

  it('has the functions with parameters, errors and examples', () => {
    expect(page).toContain(
      [
        '# A page',
        'Words.',
        '## `@gangway/sdk`',
        '### begin',
        '```ts\nfunction begin(url: string): Session;\n```',
        'Begins a session, at once.',
        '- `url`: where',
        'Throws `GangwayError` where none can be had.',
        "```ts\nbegin('https://chat.example');\n```",
      ].join('\n\n'),
    );
  });

  it('has the members of a type, those of a private base too, and takes a type apart that is none of these', () => {
    expect(page).toContain('| `end` | `number` | When it ends. |');
    expect(page).toContain('| `onChange` | `(listener: (state: string \\| undefined) => void) => () => void` | Calls back. |');
    expect(page).toContain('| `name?` | `string` |  |');
    expect(page).toContain("One of two.\n\n```ts\ntype Kind = 'a' | 'b';\n```");
    expect(page).not.toContain('### Base');
  });
});

it('a tag that no page shows is an error, so that nothing is lost in silence', () => {
  expect(() => readDocComment('*\n * Old.\n * @deprecated\n ')).toThrow('@deprecated');
});
