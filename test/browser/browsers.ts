// The browsers that a suite can take as its argument: the Chromium of the packages everywhere, Firefox and a full Chromium
// where they are installed. FIREFOX and CHROMIUM name ones that are not in the path. In CI, or where one is named, a browser
// that is missing is a failure, not a test less.

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser, resolvingHere } from './launch.ts';
import { launchFirefox } from './launch-firefox.ts';
import { launchFullChromium } from './launch-full-chromium.ts';

/** A browser, not yet started. */
export interface TestBrowser {
  readonly name: 'Chromium' | 'Firefox' | 'full Chromium';
  /** What a script sees that may not read an answer. */
  readonly unreadable: string;
  /** Starts it; the caller closes it. These names lead its pages to this machine. */
  launch(localNames?: readonly string[]): Promise<Browser>;
}

const chromium: TestBrowser = {
  name: 'Chromium',
  unreadable: 'TypeError: Failed to fetch',
  launch: (localNames = []) => launchBrowser(resolvingHere(localNames)),
};

/** What a name means to the shell, without packages of a kind that keep browsers out of the folders of other programs. */
function findExecutable(names: readonly string[], path: string = process.env.PATH ?? ''): string | undefined {
  const places = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile() && !realpathSync(place).endsWith('/snap');
    } catch {
      return false;
    }
  });
}

/** Where a browser is, and whether it has to be there. */
function locate(variable: 'FIREFOX' | 'CHROMIUM', names: readonly string[]) {
  const named = process.env[variable];
  const executable = named ?? findExecutable(names);
  return { executable: executable ?? names[0] ?? '', wanted: executable !== undefined || Boolean(process.env.CI) };
}

const firefoxPlace = locate('FIREFOX', ['firefox', 'firefox-esr']);
const fullChromiumPlace = locate('CHROMIUM', ['chromium', 'google-chrome', 'chromium-browser']);

/** Firefox as it is sold, or undefined where there is none. */
export const firefox: TestBrowser | undefined = firefoxPlace.wanted
  ? {
      name: 'Firefox',
      unreadable: 'TypeError: NetworkError when attempting to fetch resource.',
      launch: (localNames) => launchFirefox(firefoxPlace.executable, localNames),
    }
  : undefined;

/** A Chromium that freezes pages and keeps them for the way back, as the packaged one does not. Undefined where there is none. */
export const fullChromium: TestBrowser | undefined = fullChromiumPlace.wanted
  ? {
      name: 'full Chromium',
      unreadable: chromium.unreadable,
      launch: (localNames) => launchFullChromium(fullChromiumPlace.executable, localNames),
    }
  : undefined;

/** In what a suite runs unless it needs more than every browser can. */
export const browsers: readonly TestBrowser[] = [chromium, ...(firefox ? [firefox] : [])];

/** Those that keep a page for the way back. */
export const browsersWithPageCache: readonly TestBrowser[] = [fullChromium, firefox].filter((browser) => browser !== undefined);
