// What hygiene refuses, written in pieces so that this file passes the check itself.

import { expect, it } from 'vitest';
import { checkHygiene } from './check-hygiene.ts';

it.each([
  ['machine path', ['see /', 'home/ada/notes'].join('')],
  ['machine path', ['"/', 'work/main"'].join('')],
  ['registry', ['https://registry', '.npmjs.org'].join('')],
  ['registry', ['"resolved": ', '"https://packages.example/a.tgz"'].join('')],
  ['unfinished', ['// TO', 'DO later'].join('')],
])('refuses a %s', (rule, text) => {
  expect(checkHygiene([{ path: 'a.ts', text: `\n${text}\n` }])).toMatchObject([{ path: 'a.ts', line: 2, rule }]);
});

it('lets relative paths, addresses and the word in another case through', () => {
  const text = `./home/a, https://www.example${['', 'work', 'a'].join('/')}, it.todo('later')`;
  expect(checkHygiene([{ path: 'a.ts', text }])).toEqual([]);
});
