// Starts a Firefox as it is sold. Playwright speaks WebDriver BiDi to it, by way of a relay that knows what a Firefox of long
// support does not.

import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, firefox } from 'playwright-core';
import { launchAtHome } from './launch-at-home.ts';

const relay = fileURLToPath(new URL('./firefox-relay.ts', import.meta.url));
/** The relay's first line asks the path for a node: it needs the one that runs this. */
const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;

/**
 * Starts a headless Firefox; the caller closes it.
 * @param executable the Firefox
 * @param localNames names that lead to this machine
 */
export function launchFirefox(executable: string, localNames: readonly string[] = []): Promise<Browser> {
  return launchAtHome((env) =>
    firefox.launch({
      channel: 'moz-firefox',
      executablePath: relay,
      firefoxUserPrefs: { 'network.dns.localDomains': localNames.join() },
      env: { ...env, PATH: path, FIREFOX: executable },
    }),
  );
}
