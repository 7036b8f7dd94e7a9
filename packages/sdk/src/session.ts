// A visitor's session with one deployment: it asks for a token when one is first needed, refreshes it before it expires,
// tries again while the network or the server is away, and says so when Gangway ends it.

import { collectSignals } from './collect-signals.ts';
import { asGangwayError, type GangwayError } from './gangway-error.ts';
import { type Random, refreshDelayMs, retryDelayMs } from './refresh-timing.ts';
import { browserClock, type SessionClock } from './session-clock.ts';
import { defaultStorage, type SessionRecord, type SessionStorage, sessionRecords } from './session-record.ts';
import type { SessionState, SessionStatus } from './session-state.ts';
import { type ClientOptions, createWebchatClient, type Headers, type WebchatToken } from './webchat-client.ts';

/** What a session is made from. All but the address and the key have a default. */
export interface SessionOptions extends ClientOptions {
  /** Where the session outlives a reload; the default is `localStorage`, or memory where that is blocked. */
  readonly storage?: SessionStorage;
  readonly clock?: SessionClock;
  readonly random?: Random;
  /** Gives the signal headers for a session that began at that time. */
  readonly signals?: (loginTimestamp: string) => Headers;
}

/** A chat token that stays valid. */
export interface WebchatSession {
  /**
   * A token that is valid now: the one at hand, or one that is asked for.
   * @throws GangwayError where none can be had; after a failure that passes, the session goes on trying by itself
   */
  getToken(): Promise<string>;
  /**
   * Refreshes at once, or begins where there is nothing to refresh.
   * @throws GangwayError
   */
  refresh(): Promise<void>;
  /**
   * Forgets this session and begins another, with another identity.
   * @throws GangwayError
   */
  startAnew(): Promise<void>;
  readonly identity: string | undefined;
  /** Milliseconds since 1970, or undefined where there is no token. */
  readonly expiresAt: number | undefined;
  readonly state: SessionState;
  /** Calls `listener` at every change of state; the function it gives ends that. */
  onChange(listener: (state: SessionState) => void): () => void;
  /** Ends the timers of this object. The session itself lives on in the storage. */
  close(): void;
}

/** Makes a session, which sends nothing before a token is asked for, or takes up the one that the storage holds, and refreshes it when that is due. */
export function createWebchatSession(options: SessionOptions): WebchatSession {
  const client = createWebchatClient(options);
  const clock = options.clock ?? browserClock;
  const random = options.random ?? Math.random;
  const signals = options.signals ?? collectSignals;
  const records = sessionRecords(options.storage ?? defaultStorage(), options.deploymentKey);
  const listeners = new Set<(state: SessionState) => void>();

  let record = records.read();
  let status: SessionStatus = record === undefined ? 'idle' : 'active';
  let error: GangwayError | undefined;
  let failures = 0;
  let underWay: Promise<string> | undefined;
  let nextRequestAt: number | undefined;
  let cancelTimer = () => {};
  let closed = false;

  const stateNow = (): SessionState => ({
    status,
    identity: record?.identity,
    roles: record?.roles ?? [],
    expiresAt: record?.expiresAt,
    nextRequestAt,
    error,
  });
  const become = (next: SessionStatus, nextError?: GangwayError) => {
    status = next;
    error = nextError;
    for (const listener of listeners) listener(stateNow());
  };
  const askAfter = (delayMs: number) => {
    cancelTimer();
    if (closed) return;
    nextRequestAt = clock.now() + delayMs;
    // What a timer's request fails with is in the state already.
    cancelTimer = clock.after(delayMs, () => void ask().catch(() => {}));
  };
  const rest = () => {
    cancelTimer();
    nextRequestAt = undefined;
  };

  const succeed = (loginTimestamp: string, { token, identity, roles, ttl }: WebchatToken) => {
    const now = clock.now();
    const delayMs = refreshDelayMs(ttl, random);
    record = { loginTimestamp, token, identity, roles, expiresAt: now + ttl * 1000, refreshAt: now + delayMs };
    records.write(record);
    failures = 0;
    askAfter(delayMs);
    become('active');
  };
  const fail = (failure: GangwayError) => {
    if (failure.passing) {
      failures += 1;
      askAfter(retryDelayMs(failures, failure.retryAfterSeconds, random));
      become('waiting', failure);
      return;
    }
    rest();
    record = undefined;
    records.forget();
    become('refused', failure);
  };

  /** One request at a time: whoever asks meanwhile waits for the same answer. */
  const ask = (): Promise<string> => {
    underWay ??= askOnce(record).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  const askOnce = async (held: SessionRecord | undefined): Promise<string> => {
    rest();
    become('asking');
    const loginTimestamp = held?.loginTimestamp ?? String(clock.now());
    try {
      const headers = signals(loginTimestamp);
      const answer = held === undefined ? await client.createToken(headers) : await client.refreshToken(held.token, headers);
      succeed(loginTimestamp, answer);
      return answer.token;
    } catch (thrown) {
      const failure = asGangwayError(thrown);
      fail(failure);
      throw failure;
    }
  };

  if (record !== undefined) askAfter(Math.max(0, record.refreshAt - clock.now()));

  return {
    async getToken() {
      if (record !== undefined && clock.now() < record.expiresAt) return record.token;
      // Asking again before its time would make a storm of a short failure.
      if (error !== undefined && underWay === undefined) throw error;
      return ask();
    },
    async refresh() {
      if (error !== undefined && status === 'refused') throw error;
      await ask();
    },
    async startAnew() {
      await underWay?.catch(() => '');
      record = undefined;
      records.forget();
      failures = 0;
      await ask();
    },
    get identity() {
      return record?.identity;
    },
    get expiresAt() {
      return record?.expiresAt;
    },
    get state() {
      return stateNow();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      rest();
    },
  };
}
