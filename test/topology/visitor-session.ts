// What a visitor does with a session besides create and refresh; and what those behind Gangway see of it: a service that
// asks whether a token counts, an operator who reads the figures.

import { systemClock } from '../../packages/services/src/platform/clock.ts';
import { createCredentialIssuer } from '../../packages/services/src/platform/service-credential.ts';
import { type Answer, ask, chromeOnMac } from './visitor.ts';

export const paths = {
  create: '/v2/Webchat/Token',
  refresh: '/v2/Webchat/Token/Refresh',
  end: '/v2/Webchat/Token/End',
  init: '/v2/Webchat/Init',
} as const;

/** Ends the session of a token. */
export function endSession(
  publicUrl: string,
  deploymentKey: string,
  token: unknown,
  headers: Readonly<Record<string, string>> = chromeOnMac,
): Promise<Answer> {
  return ask(publicUrl, paths.end, { headers, body: { deploymentKey, token } });
}

/** Begins a session and a conversation. */
export function init(
  publicUrl: string,
  deploymentKey: string,
  fields: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = chromeOnMac,
): Promise<Answer> {
  const body = { deploymentKey, customerFriendlyName: 'Visitor', preEngagementData: '{}', ...fields };
  return ask(publicUrl, paths.init, { headers, body });
}

/** Where Scoped Auth can be asked, and with what its callers prove who they are. */
export interface ServiceAccess {
  readonly serviceUrl: string | null;
  readonly serviceSecret: string;
  readonly clock?: { now(): number };
}

/** Asks Scoped Auth whether a token counts. */
export async function validate(
  { serviceUrl, serviceSecret, clock = systemClock }: ServiceAccess,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer['body']> {
  const authorization = createCredentialIssuer(serviceSecret, clock)('federated-auth', 'scoped-auth');
  return (await ask(serviceUrl ?? '', '/v1/ScopedAuthTokens/validate', { headers: { authorization }, body: input })).body;
}

/** Reads what a counter stands at for a deployment: 0 where it has never counted. */
export async function readCounter(adminUrl: string, name: string, deploymentSid: string): Promise<number> {
  const { text } = await ask(adminUrl, '/metrics', { method: 'GET' });
  const line = text.split('\n').find((each) => each.startsWith(`${name}{deployment="${deploymentSid}"}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}
