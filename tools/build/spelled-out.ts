// Types of the contracts that are computed from schemas and tables. Whoever installs a package has neither, so they are
// spelled out for it, out of the same tables.

import { refusals } from '@gangway/contracts/refusals';
import type { Declared } from './declared-names.ts';

/** A type as a published package declares it. */
export interface SpelledOut {
  readonly name: string;
  /** The doc comment. */
  readonly comment: string;
  /** What stands right of the equals sign, with the space before it. */
  readonly type: string;
}

const codes = Object.keys(refusals).map((code) => `  | '${code}'`);

const types: Readonly<Record<string, SpelledOut>> = {
  'packages/contracts/src/refusals.ts RefusalCode': {
    name: 'ContractRefusalCode',
    comment: '/** The codes that Gangway refuses with. */',
    type: `\n${codes.join('\n')}`,
  },
  'packages/contracts/src/flex-configuration.ts Grants': {
    name: 'Grants',
    comment: '/** What a visitor may do, as the deployment declares it: the name of each grant, and what the operator adds. */',
    type: ' readonly ({ readonly grant: string } & Readonly<Record<string, unknown>>)[]',
  },
};

/** How a declaration is published, where it is not published as it stands. */
export function spelledOut({ file, name }: Declared): SpelledOut | undefined {
  const found = types[`${file.path} ${name}`];
  if (found === undefined && file.path.startsWith('packages/contracts/')) {
    throw new Error(`${name} of ${file.path} is part of a published type: say in spelled-out.ts what others see of it.`);
  }
  return found;
}
