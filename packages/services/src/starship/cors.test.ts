// What the edge puts into Access-Control-Allow-Origin is one origin or `*`, whatever operators wrote and clients sent.

import { validateHeaderValue } from 'node:http';
import { parseOriginEntry } from '@gangway/contracts/origins';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { passOrigin } from './cors.ts';

const context = { requestId: '1' };
const list = 'https://shop.example, https://*.shops.example, http://localhost:*, null';

it.each([
  ['nothing: *', undefined, 'https://evil.example', '*'],
  ['*: *', '*', undefined, '*'],
  ['a list that covers the origin: the origin', list, 'https://a.shops.example', 'https://a.shops.example'],
  ['a list with null: null', list, 'null', 'null'],
  ['a list that does not cover it: nothing', list, 'https://evil.example', undefined],
  ['a list, without an origin: nothing', list, undefined, undefined],
  ['a list, and the list itself as origin: nothing', list, list, undefined],
])('from the orchestrator %s', (_, fromOrchestrator, origin, expected) => {
  expect(passOrigin(fromOrchestrator, origin, context)).toBe(expected);
});

it('never adds a line to the header, for 10,000 origins and lists at random', () => {
  const injection = fc.constantFrom('\r\n', '\n', '\r', '\0', '\u2028', '\u0085', '\r\nset-cookie: a=b', ',', ' ', ', ', '*');
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.domain(),
    fc.webUrl(),
    injection,
    fc.constantFrom('https://', ':*', ':8443', '*.'),
  );
  const text = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const origin = fc.oneof(
    fc.domain().map((host) => `https://${host}`),
    text,
  );
  const suffix = fc.oneof(fc.constant(''), text);
  let passed = 0;
  fc.assert(
    fc.property(fc.array(origin, { minLength: 1, maxLength: 4 }), fc.nat(3), suffix, (candidates, index, behind) => {
      // What the orchestrator sends are entries that were admitted when they were written.
      const entries = candidates.filter((entry) => !('problem' in parseOriginEntry(entry)));
      const sent = `${candidates[index % candidates.length]}${behind}`;
      const header = passOrigin(entries.length === 0 ? '*' : entries.join(', '), sent, context);
      if (header === undefined || header === '*') return;
      passed += 1;
      expect(header).toBe(sent);
      expect(header).toMatch(/^[\x21-\x7e]+$/);
      validateHeaderValue('access-control-allow-origin', header);
    }),
    { numRuns: 10_000 },
  );
  // The property would hold emptily if no origin were ever passed.
  expect(passed).toBeGreaterThan(500);
});
