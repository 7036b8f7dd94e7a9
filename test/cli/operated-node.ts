// A node in a process of its own with one deployment of encrypted tokens and one of signed ones, which can be killed and
// started again on the same data.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { declare } from '../topology/declare.ts';
import { writeDeclaration } from '../topology/declared-deployments.ts';
import { type GangwayProcess, type StartOptions, startGangway } from '../topology/gangway-process.ts';
import { temporaryFolder } from '../topology/temporary-folder.ts';
import type { OperatedNode } from './operator.ts';

export const { declaration, accountSid, keys, deploymentSids } = declare({ encrypted: {}, signed: { encrypt: false } });
export const serviceSecret = randomBytes(32).toString('base64url');

/** A node that lives as long as the test; `again` starts the next run on the same data. */
export interface RunningNode extends OperatedNode {
  readonly adminUrl: string;
  readonly dataFolder: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
  again(settings?: StartOptions['settings']): Promise<RunningNode>;
}

/** Starts a node on a folder of its own. */
export function startOperatedNode(options: Partial<StartOptions> = {}): Promise<RunningNode> {
  const folder = temporaryFolder();
  const config = writeDeclaration(folder, declaration);
  const dataFolder = join(folder, 'data');
  const run = async (settings: StartOptions['settings']): Promise<RunningNode> => {
    const shared = { CONFIG: config, SERVICE_SECRET: serviceSecret };
    const node: GangwayProcess = await startGangway({ dataFolder, ...options, settings: { ...shared, ...settings } });
    const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
      node.signal(signal);
      await node.ended;
    };
    onTestFinished(() => stop('SIGKILL'));
    return { ...node, serviceSecret, stop, again: (changed = settings) => run(changed) };
  };
  return run(options.settings);
}
