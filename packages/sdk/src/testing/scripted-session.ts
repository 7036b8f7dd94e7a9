// A session of one tab, with a server that the test scripts.

import { expect } from 'vitest';
import type { GangwayError } from '../gangway-error.ts';
import type { SessionOptions } from '../session.ts';
import { fakeBrowser } from './fake-browser.ts';
import { scriptedFetch } from './scripted-fetch.ts';

export const minuteMs = 60_000;
export const hourMs: number = 60 * minuteMs;

/** Opens a tab with a session. */
export function begin(options: Partial<SessionOptions> = {}) {
  const server = scriptedFetch();
  const browser = fakeBrowser(server.fetch, () => () => 0);
  const tab = browser.open(options);
  const { session, states } = tab;
  return {
    browser,
    clock: browser.clock,
    server,
    tab,
    session,
    states,
    paths: () => server.seen.map(({ url }) => new URL(url).pathname),
  };
}

/** What a promise fails with. */
export const failureOf = (promise: Promise<unknown>): Promise<GangwayError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );
