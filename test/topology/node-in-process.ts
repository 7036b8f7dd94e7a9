// A whole node in the process of the test, with a clock that the test moves: for what takes hours, and for what another
// configuration does to sessions that live.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import { type GangwayNode, startNode } from '../../packages/services/src/node.ts';
import { readSettings } from '../../packages/services/src/platform/settings.ts';
import { type FakeClock, fakeClock } from '../../packages/services/src/platform/testing/fake-clock.ts';
import { recordedLog } from '../../packages/services/src/platform/testing/recorded-log.ts';
import { writeDeclaration } from './declared-deployments.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import type { ServiceAccess } from './visitor-session.ts';

/** A node with a clock of its own. */
export interface NodeInProcess extends ServiceAccess {
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly dataFolder: string;
  readonly clock: FakeClock;
  /** All that was logged, before restarts too. */
  log(): string;
  /** Stops it and starts it on the same data folder, with another declaration where one is given. */
  restart(declaration?: DeclaredConfiguration): Promise<void>;
  /** Stops it and removes what it stored. */
  close(): Promise<void>;
}

const serviceSecret = 'a secret of the tests, which signs calls';

/**
 * Starts a node.
 * @param settings by their environment name without `GANGWAY_`
 */
export async function startNodeInProcess(
  declaration: DeclaredConfiguration,
  settings: Readonly<Record<string, string>> = {},
): Promise<NodeInProcess> {
  const folder = makeTemporaryFolder();
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  const clock = fakeClock();
  const { log, lines } = recordedLog();

  const start = (declared: DeclaredConfiguration): Promise<GangwayNode> => {
    const given = {
      PORT: '0',
      ADMIN_PORT: '0',
      SERVICE_PORT: '0',
      DATA_DIR: dataFolder,
      CONFIG: writeDeclaration(folder, declared),
      SERVICE_SECRET: serviceSecret,
      ...settings,
    };
    const environment = Object.fromEntries(Object.entries(given).map(([name, value]) => [`GANGWAY_${name}`, value]));
    return startNode(readSettings(environment, {}), { clock, log });
  };
  let current = declaration;
  let node = await start(current);
  return {
    get publicUrl() {
      return node.publicUrl ?? '';
    },
    get adminUrl() {
      return node.adminUrl;
    },
    get serviceUrl() {
      return node.serviceUrl;
    },
    serviceSecret,
    dataFolder,
    clock,
    log: () => JSON.stringify(lines),
    async restart(changed = current) {
      await node.close();
      current = changed;
      node = await start(current);
    },
    async close() {
      await node.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
