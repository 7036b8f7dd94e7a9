// Sids: a two-letter prefix that says what it names, and 32 lower-case hexadecimal digits.

import { Type } from 'typebox';

/** `AC` account, `DP` deployment, `CV` deployment key, `IG` address, `CH` conversation. */
export type SidPrefix = 'AC' | 'DP' | 'CV' | 'IG' | 'CH';

const sid = (prefix: SidPrefix, description: string) =>
  Type.String({ pattern: `^${prefix}[0-9a-f]{32}$`, description, examples: [`${prefix}${'0'.repeat(31)}1`] });

export const AccountSid = sid('AC', 'The account.');
export const DeploymentSid = sid('DP', 'The deployment. It never changes, so keys can be rotated under living chats.');
export const DeploymentKey = sid('CV', 'A public key of the deployment, as a page embeds it.');
export const AddressSid = sid('IG', 'The address that conversations of the deployment are routed to.');

/**
 * The account's internal id: the digits of its sid, written as a UUID. Every service can tell it from the sid,
 * so no token has to carry both.
 */
export function accountId(accountSid: string): string {
  const part = (from: number, to?: number) => accountSid.slice(from, to);
  return `${part(2, 10)}-${part(10, 14)}-${part(14, 18)}-${part(18, 22)}-${part(22)}`;
}
export const ConversationSid = sid('CH', 'The conversation.');
