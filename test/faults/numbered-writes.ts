// What the writer of kill-during-writes.test.ts writes, and what the test expects to find: both follow from a number.

import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';

const sid = (prefix: string, number: number) => `${prefix}${number.toString(16).padStart(32, '0')}`;
const deploymentsMax = 12;
/** So much that a write covers many pages, and a kill can meet it half done. */
const origins = Array.from({ length: 40 }, (_, index) => `https://shop-${index}.example`);

/** How many deployments the declaration of a number has. */
export function deploymentCount(number: number): number {
  return 1 + (number % deploymentsMax);
}

/** What every deployment of a declaration is called. */
export function nameOf(number: number): string {
  return `declaration ${number}`;
}

/** The declaration of a number: it grows and shrinks, and changes every deployment that it has. */
export function declarationOf(number: number): DeclaredConfiguration {
  const deployments = Array.from({ length: deploymentCount(number) }, (_, index) => ({
    deploymentKeys: [sid('CV', index + 1)],
    friendlyName: nameOf(number),
    allowedOrigins: origins,
  }));
  return { accounts: [{ sid: sid('AC', 1), deployments }] };
}
