// The Gangway that the pages of these tests ask: a node with a clock of its own, one deployment for each thing that is
// tried, and a count of what it answered.

import { type DeploymentSettings, declare } from '../../topology/declare.ts';
import { type NodeInProcess, startNodeInProcess } from '../../topology/node-in-process.ts';
import { ask } from '../../topology/visitor.ts';
import { paths, type ServiceAccess } from '../../topology/visitor-session.ts';

/** A node for browsers to ask. */
export interface Edge<Name extends string> {
  readonly url: string;
  /** The deployment keys. */
  readonly keys: Readonly<Record<Name, string>>;
  readonly accountSid: string;
  readonly clock: NodeInProcess['clock'];
  /** For a backend that asks whether a token counts. */
  readonly service: ServiceAccess;
  /** How often it has said yes on a route. */
  granted(route: keyof typeof paths): Promise<number>;
  /** How often it has said no. */
  refused(route: keyof typeof paths): Promise<number>;
  close(): Promise<void>;
}

/** Starts it. Deployments admit pages of this machine unless they say otherwise. */
export async function startEdge<Name extends string>(
  deployments: Readonly<Record<Name, DeploymentSettings>>,
): Promise<Edge<Name>> {
  const { declaration, keys, accountSid } = declare(deployments);
  const node = await startNodeInProcess(declaration);
  const count = async (route: keyof typeof paths, statuses: RegExp) => {
    const { text } = await ask(node.adminUrl, '/metrics', { method: 'GET' });
    return text
      .split('\n')
      .filter((line) => line.startsWith('gangway_answers_total{') && line.includes(`route="${paths[route]}"`))
      .filter((line) => statuses.test(/status="(\d+)"/.exec(line)?.[1] ?? ''))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return {
    url: node.publicUrl,
    keys,
    accountSid,
    clock: node.clock,
    service: node,
    // A 204 is an end, or the answer to a preflight.
    granted: (route) => count(route, route === 'end' ? /^204$/ : /^20[01]$/),
    refused: (route) => count(route, /^[45]/),
    close: () => node.close(),
  };
}
