// The life of a session in one tab: what it holds, when it asks, and what it makes of answers and of the other tabs.
// Whatever is sent is decided under the lock, by what the storage says at that moment.

import { asGangwayError, GangwayError } from './gangway-error.ts';
import { createOriginReport, type ReportDependencies } from './origin-report.ts';
import { browserPage, type PageEvent, type PageEvents } from './page-events.ts';
import { createSessionExchange, type ExchangeDependencies } from './session-exchange.ts';
import { createSessionLock, type LockDependencies } from './session-lock.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionState, SessionStatus } from './session-state.ts';
import { clockNoiseMs } from './setback.ts';
import { createSharedSession, type SharedDependencies } from './shared-session.ts';
import { createSteadyTime } from './steady-time.ts';

/** What a life needs. */
export interface LifeDependencies extends ExchangeDependencies, LockDependencies, SharedDependencies, ReportDependencies {
  /** By default the browser's. */
  readonly page?: PageEvents;
  /** Called after each change. */
  readonly changed: (state: SessionState) => void;
}

/** The session of one tab. Everything rejects with a GangwayError. */
export interface SessionLife {
  /** A session whose token is valid now and is not `not`, and the age of that token in milliseconds. */
  usable(not?: string): Promise<SessionRecord & { readonly ageMs: number }>;
  refresh(): Promise<void>;
  startAnew(): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

/** Whether what was wanted is there. */
type Wish = () => boolean;

/** However far away the next request is, the clocks are looked at this often: timers stop during sleep, and end at 24 days. */
const tickMs = 60_000;
const onlineJitterMs = 2000;

/** Takes up the session that the storage holds, and goes on with it. */
export function beginLife(dependencies: LifeDependencies): SessionLife {
  const { clock, random, page = browserPage, changed } = dependencies;
  const shared = createSharedSession(dependencies);
  const exchange = createSessionExchange(dependencies);
  const lock = createSessionLock(dependencies);
  const explain = createOriginReport(dependencies);
  const time = createSteadyTime(clock);
  let held: SessionRecord | undefined;
  /** When its token was asked for, by the steady time. */
  let since = 0;
  let error: GangwayError | undefined;
  let underWay = Promise.resolve();
  let asking = false;
  let nextRequestAt: number | undefined;
  /** Since when there is a reason to try in spite of a failure, such as a page that loads: milliseconds since 1970. */
  let reasonAt = clock.now();
  let cancelTimer = () => {};
  let closed = false;

  const ageMs = () => time.now() - since;
  const dueInMs = () => (held ? held.dueAfterMs - ageMs() : 0);
  const status = (): SessionStatus => {
    if (asking) return 'asking';
    if (error) return error.final ? 'ended' : error.passing ? 'waiting' : 'refused';
    return held ? 'active' : 'idle';
  };
  const state = (): SessionState => ({
    status: status(),
    identity: held?.identity,
    roles: held ? held.roles : [],
    expiresAt: held && time.toWall(since + held.ttl * 1000),
    nextRequestAt,
    bound: held?.key !== undefined,
    error,
  });

  /** Sets the timer for what comes next, and tells of the change. */
  const rest = () => {
    cancelTimer();
    nextRequestAt = undefined;
    if (!asking && !closed && (error ? error.passing : held)) {
      const delayMs = error ? shared.waitMs() : dueInMs();
      cancelTimer = clock.after(Math.min(delayMs, tickMs), look);
      nextRequestAt = clock.now() + delayMs;
    }
    changed(state());
  };

  const adopt = (record: SessionRecord) => {
    const passedMs = clock.now() - record.at;
    // Of a future: the clock was set back since then, and nobody knows how old the token is.
    since = time.now() - (passedMs < -clockNoiseMs ? record.ttl * 1000 : passedMs);
    held = record;
    error = undefined;
  };
  const fail = (failure: GangwayError) => {
    error = failure;
    if (failure.final) held = undefined;
    return failure;
  };
  /** Takes over what the other tabs left in the storage. Says whether that was news. */
  const listen = (): boolean => {
    const stored = shared.read();
    if (stored) {
      if (held?.identity === stored.identity && (held.token === stored.token || held.tokenCount > stored.tokenCount))
        return false;
      adopt(stored);
      return true;
    }
    if (!held || stored !== null) return false;
    fail(ended());
    return true;
  };
  /** The wish for a token that is not due, or, with `not`, for another than that. */
  const tokenBut =
    (not: string | undefined): Wish =>
    () =>
      held !== undefined && (not ? held.token !== not : dueInMs() > 0);
  const run = (task: () => Promise<void>, moot?: () => boolean): Promise<void> => {
    asking = true;
    underWay = lock(task, moot).finally(() => {
      asking = false;
      rest();
    });
    rest();
    return underWay;
  };
  const ask = async (outcome: () => true | GangwayError | undefined, anew: boolean): Promise<void> => {
    const unreached = error?.code === 'network_error';
    const known = outcome();
    error = undefined;
    if (known === true) return;
    if (known) throw fail(known);
    if (anew) {
      shared.forget(held);
      held = undefined;
    }
    const former = held;
    try {
      const next = shared.keep(former, former ? await exchange.renew(former) : await exchange.begin());
      if (!next) throw ended();
      adopt(next);
    } catch (thrown) {
      let failure = asGangwayError(thrown);
      // A server that is away is asked for its reasons once.
      if (!unreached) failure = await explain(failure);
      if (former && failure.final) {
        // Without the lock, another tab may have got further with a token that is refused to this one.
        if (listen() && held) return;
        shared.forget(former);
      } else {
        shared.note(failure);
      }
      throw fail(failure);
    }
  };

  /** One request of this tab at a time: whoever wants the same waits for the same answer. */
  const attempt = async (granted: Wish, anew = false): Promise<void> => {
    while (asking) {
      await underWay.catch(() => {});
      if (granted()) return;
      if (error && !anew) throw error;
    }
    /** What comes of it without a request: it is granted, or a failure stands against it. */
    const outcome = () => {
      listen();
      return granted() || (anew ? undefined : error?.final ? error : shared.against(reasonAt));
    };
    return run(
      () => ask(outcome, anew),
      () => outcome() !== undefined,
    );
  };

  /** Looks whether something is due. */
  const look = () => {
    if (asking) return;
    listen();
    const wanted = error ? !error.final : held && dueInMs() <= 0;
    const against = wanted && shared.against(reasonAt);
    // What a request by itself fails with is in the state already.
    if (wanted && !against) attempt(tokenBut(error && held?.token)).catch(() => {});
    else {
      error = against || error;
      rest();
    }
  };
  const hear = ({ type }: PageEvent) => {
    if (type === 'storage') {
      if (!asking && listen()) rest();
    } else if (type === 'online' && error) {
      // Every page of every visitor hears it at once.
      reasonAt = clock.now();
      cancelTimer();
      cancelTimer = clock.after(onlineJitterMs * random(), look);
    } else {
      look();
    }
  };
  const stopHearing = page(hear);
  look();

  return {
    async usable(not) {
      if (!asking && listen()) rest();
      if (!held || ageMs() >= held.ttl * 1000 || held.token === not) {
        const against = error && !error.passing ? error : shared.against(reasonAt);
        if (against && !asking) throw against;
        await attempt(tokenBut(not));
      } else if (!error && dueInMs() <= 0) {
        look();
      }
      if (!held) throw error ?? ended();
      return { ...held, ageMs: ageMs() };
    },
    async refresh() {
      reasonAt = clock.now();
      await attempt(tokenBut(held?.token));
    },
    startAnew() {
      // Tabs in which a session ends at once may all want another: the first one to begin it does so for them all.
      const former = held?.identity;
      return attempt(() => held !== undefined && held.identity !== former, true);
    },
    async end() {
      while (asking) await underWay.catch(() => {});
      await run(async () => {
        listen();
        const record = held;
        if (!record) return;
        try {
          await exchange.end(record);
        } catch (thrown) {
          const failure = asGangwayError(thrown);
          if (!failure.final) throw failure;
        }
        shared.forget(record);
        fail(ended());
      });
    },
    close() {
      closed = true;
      stopHearing();
      rest();
    },
  };
}

function ended(): GangwayError {
  return new GangwayError('session_ended', 'The session has ended.');
}
