// Starts the Chromium of the tests, with arguments of our own: those that its package recommends turn web security off,
// which would make every test about origins empty.

import { type Browser, chromium } from 'playwright-core';
import { unpackChromium } from './unpacked-chromium.ts';

/** What every Chromium of the tests is started with. */
export const launchArguments: readonly string[] = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/** The arguments with which names lead to this machine. */
export function resolvingHere(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join()}`];
}

/**
 * Starts a headless Chromium; the caller closes it. `GANGWAY_TEST_BROWSER` names another Chromium than the packaged one.
 * It runs without its sandbox, which containers and root do not allow: it only ever sees pages of the tests.
 * @param more further arguments, such as `resolvingHere` gives
 */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.GANGWAY_TEST_BROWSER;
  const args = [...launchArguments, ...more];
  if (executablePath) return chromium.launch({ executablePath, args, chromiumSandbox: false });

  const { executable, major, environment } = await unpackChromium();
  const env = { ...process.env, ...environment };
  const browser = await chromium.launch({ executablePath: executable, args, chromiumSandbox: false, env });
  if (browser.version().startsWith(`${major}.`)) return browser;

  await browser.close();
  throw new Error(`${executable} is Chromium ${browser.version()}, not ${major}: remove node_modules/.cache and try again`);
}
