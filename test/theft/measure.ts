// Replays stolen tokens against a real node and counts what is accepted.

import type { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import { type NodeInProcess, startNodeInProcess } from '../topology/node-in-process.ts';
import { create, type Headers, type Reply, refresh, tokenOf } from './requests.ts';
import { thiefClasses } from './thieves.ts';
import { guess, loginTimestampOf, visitor } from './visitors.ts';

/** The levels of the table. */
export const levels = ['off', 'low', 'medium', 'high'] as const;
export type Level = (typeof levels)[number];

/** What became of the replays of one class at one level. */
export interface Cell {
  readonly thief: string;
  readonly level: Level;
  readonly tried: number;
  readonly accepted: number;
}

/** How guessing `loginTimestamp` went at one level. */
export interface Lockout {
  readonly level: Level;
  readonly sessions: number;
  /** Guesses that were judged before the session was gone: the most of any session. */
  readonly triesMax: number;
  /** Sessions in which the right value, guessed right afterwards, was still accepted. */
  readonly acceptedAfterwards: number;
}

/** All that was measured. */
export interface Measurement {
  readonly replays: readonly Cell[];
  readonly lockout: readonly Lockout[];
}

const keyOf = (level: Level) => `CV${String(levels.indexOf(level) + 1).padStart(32, '0')}`;
const limits = { createPerMinutePerAddress: 1_000_000, refreshPerMinutePerSession: 1_000_000 };
const declaration: DeclaredConfiguration = {
  accounts: [
    {
      sid: `AC${'1'.padStart(32, '0')}`,
      webchatSecurityEnabled: true,
      deployments: levels.map((level) => ({ deploymentKeys: [keyOf(level)], fingerprintSensitivity: level, limits })),
    },
  ],
};

/** So many replays are under way at once. */
const concurrency = 8;
/** More than a session lives through. */
const guessesMax = 20;

/**
 * Measures every class at every level, each replay on a fresh session, and the lockout apart.
 * @param replays how many of each
 */
export async function measureTheft(replays: number): Promise<Measurement> {
  const node = await startNodeInProcess(declaration);
  try {
    const cells: Cell[] = [];
    const lockout: Lockout[] = [];
    for (const level of levels) {
      for (const { name, replay } of thiefClasses) {
        const accepted = await times(replays, (number) => replay(node, keyOf(level), number));
        cells.push({ thief: name, level, tried: replays, accepted: accepted.filter(Boolean).length });
      }
      // At `off` there is nothing to guess.
      if (level !== 'off') lockout.push(await measureLockout(node, level, replays));
    }
    return { replays: cells, lockout };
  } finally {
    await node.close();
  }
}

async function measureLockout(node: NodeInProcess, level: Level, sessions: number): Promise<Lockout> {
  const key = keyOf(level);
  const results = await times(sessions, async (number) => {
    const token = tokenOf(await create(node, key, visitor(number)));
    const right = loginTimestampOf(number);
    // Wrong ones all, and ever closer to the right one.
    const guesses = Array.from({ length: guessesMax }, (_, tries) => guess(right - guessesMax + tries));
    const send = (headers: Headers) => refresh(node, key, token, headers);
    // In every second session they come one after another, in the others all at once.
    const answers: Reply[] = [];
    if (number % 2 === 0) for (const headers of guesses) answers.push(await send(headers));
    else answers.push(...(await Promise.all(guesses.map(send))));
    const { status } = await send(guess(right));
    return { tries: answers.filter(({ body }) => body.code === 'invalid_fingerprint').length, accepted: status === 200 };
  });
  return {
    level,
    sessions,
    triesMax: Math.max(...results.map(({ tries }) => tries)),
    acceptedAfterwards: results.filter(({ accepted }) => accepted).length,
  };
}

/** Does something a number of times, several at once; gives what came of each. */
async function times<Result>(count: number, task: (number: number) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      results.push(await task(number));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}
