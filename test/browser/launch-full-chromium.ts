// Starts a Chromium as people have it. Unlike the packaged one it keeps a page that was left and gives it back as it was:
// the back-forward cache, which Playwright turns off unless it is told not to.

import { type Browser, chromium } from 'playwright-core';
import { launchArguments, resolvingHere } from './launch.ts';
import { launchAtHome } from './launch-at-home.ts';

/**
 * Starts it without a window; the caller closes it.
 * @param executablePath the Chromium
 * @param localNames names that lead to this machine
 */
export function launchFullChromium(executablePath: string, localNames: readonly string[] = []): Promise<Browser> {
  return launchAtHome((env) =>
    chromium.launch({
      executablePath,
      args: [...launchArguments, '--headless=new', ...resolvingHere(localNames)],
      chromiumSandbox: false,
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      env,
    }),
  );
}
