// What anybody can do to a token without its key. Of neither kind of token is any of it admitted.

import fc from 'fast-check';
import { test } from 'vitest';

/** RFC 4648, section 5. */
export const base64urlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Adds the tests that hold for tokens of both kinds. */
export function testAlterations(token: string, expectRefused: (altered: string) => void): void {
  const position = fc.nat({ max: token.length - 1 });
  const character = fc.oneof(
    fc.constantFrom(...base64urlAlphabet, '.', '=', '+', '/', ' ', '\n', '\u0000'),
    fc.string({ minLength: 1, maxLength: 2 }),
  );

  test('a character replaced, inserted or removed', () => {
    fc.assert(
      fc.property(position, character, (at, other) => {
        expectRefused(token.slice(0, at) + other + token.slice(at + 1));
        expectRefused(token.slice(0, at) + other + token.slice(at));
        expectRefused(token.slice(0, at) + token.slice(at + 1));
        expectRefused(token + other);
        expectRefused(other + token);
      }),
      { numRuns: 2000 },
    );
  });

  test('cut short or with a part repeated', () => {
    fc.assert(
      fc.property(position, position, (from, to) => {
        expectRefused(token.slice(0, from));
        expectRefused(token.slice(from));
        expectRefused(token.slice(0, from) + token.slice(to));
      }),
    );
  });

  test('another case, padding, white space, the other base64 alphabet', () => {
    const parts = token.split('.');
    for (const [at, part] of parts.entries()) {
      for (const padding of ['=', '==', ' ', '\n', '\t', '%3D', 'A', '\u00a0', 'Ā']) {
        expectRefused(parts.with(at, part + padding).join('.'));
        expectRefused(parts.with(at, padding + part).join('.'));
      }
      expectRefused(parts.with(at, part.toLowerCase()).join('.'));
      expectRefused(parts.with(at, part.toUpperCase()).join('.'));
      expectRefused(parts.with(at, part.replaceAll('-', '+').replaceAll('_', '/')).join('.'));
    }
  });
}
