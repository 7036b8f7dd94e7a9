// The claims are written by hand, for speed; what is written is what JSON.stringify writes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Claims, decodeClaims, encodeClaims, issuer } from './claims.ts';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const seconds = fc.integer({ min: 0, max: 8_640_000_000_000 });
const count = fc.nat();
const grant = fc
  .dictionary(fc.string(), fc.jsonValue())
  .chain((rest) => fc.string({ minLength: 1, maxLength: 64 }).map((name) => ({ ...rest, grant: name })));
const base = fc.record({
  iss: fc.constant(issuer),
  aud: hex(32).map((digits) => `AC${digits}`),
  sub: fc.uuid(),
  jti: fc.uuid(),
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  dep: hex(32).map((digits) => `DP${digits}`),
  sid: fc.uuid(),
  sst: count,
  gen: count,
  rfu: count,
  end: count,
  grants: fc.array(grant, { maxLength: 3 }),
});
const fpt = fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,400}$/), { nil: undefined });
const cnf = fc.option(
  fc.stringMatching(/^[A-Za-z0-9_-]{43}$/).map((jkt) => ({ jkt })),
  { nil: undefined },
);

test('any claims are written as JSON.stringify writes them, and read back as they were', () => {
  fc.assert(
    fc.property(base, fpt, cnf, (claims, fingerprint, confirmation) => {
      const all: Claims = { ...claims };
      if (fingerprint !== undefined) all.fpt = fingerprint;
      if (confirmation !== undefined) all.cnf = confirmation;
      const text = encodeClaims(all);
      expect(text).toBe(JSON.stringify(all));
      expect(decodeClaims(Buffer.from(text))).toEqual(JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

const name = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString'), fc.string({ minLength: 1 }));

test('a claim that is not in the list is refused, whatever it is called', () => {
  fc.assert(
    fc.property(base, name, fc.jsonValue(), (claims, added, value) => {
      fc.pre(!Object.hasOwn(Claims.properties, added));
      const more = `${JSON.stringify(claims).slice(0, -1)},${JSON.stringify(added)}:${JSON.stringify(value)}}`;
      expect(decodeClaims(Buffer.from(more))).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
