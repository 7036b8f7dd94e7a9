// What honest visitors and thieves send alike: requests to the edge and to validation, over connections that are kept.

import { createCredentialIssuer } from '../../packages/services/src/platform/service-credential.ts';
import type { NodeInProcess } from '../topology/node-in-process.ts';
import { paths } from '../topology/visitor-session.ts';

/** Request headers by their names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** For the next proof. */
  readonly nonce: string | null;
}

async function post(url: string, headers: Headers, body: object): Promise<Reply> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), nonce: answer.headers.get('dpop-nonce') };
}

/** The address that a proof for a request must name. */
export const addressOf = ({ publicUrl }: NodeInProcess, step: 'create' | 'refresh') => `${publicUrl}${paths[step]}`;

/** Begins a session. */
export const create = (node: NodeInProcess, deploymentKey: string, headers: Headers) =>
  post(addressOf(node, 'create'), headers, { deploymentKey });

/** Presents a token to be refreshed. */
export const refresh = (node: NodeInProcess, deploymentKey: string, token: string, headers: Headers) =>
  post(addressOf(node, 'refresh'), headers, { deploymentKey, token });

/** Has a backend judge a token. */
export function validate({ serviceUrl, serviceSecret, clock }: NodeInProcess, fields: object): Promise<Reply> {
  const authorization = createCredentialIssuer(serviceSecret, clock)('federated-auth', 'scoped-auth');
  return post(`${serviceUrl}/v1/ScopedAuthTokens/validate`, { authorization }, fields);
}

/** The token of a reply that has one; throws where an honest visitor got none. */
export function tokenOf({ status, body }: Reply): string {
  if (typeof body.token === 'string') return body.token;
  throw new Error(`An honest visitor got no token: ${status} ${JSON.stringify(body)}`);
}
