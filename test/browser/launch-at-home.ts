// A home folder for one run of a browser that is installed: it leaves nothing in that of whoever runs the tests, and takes
// nothing from there.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';

/** Launches a browser with an environment in which its home is a new folder, which goes when the browser does. */
export async function launchAtHome(launch: (env: NodeJS.ProcessEnv) => Promise<Browser>): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'gangway-browser-'));
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  const { XDG_CACHE_HOME: _, XDG_CONFIG_HOME: __, ...env } = process.env;
  try {
    return (await launch({ ...env, HOME: home })).on('disconnected', remove);
  } catch (error) {
    remove();
    throw error;
  }
}
