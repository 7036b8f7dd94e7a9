// Follows the feed of revocations (docs/verifying.md, "Remembering answers"): from its beginning, each half second, and at once
// while there is more; but only while somebody needs to know. Whoever comes after a silence has it heard first.

import type { Moment, ServiceClock } from '../clock.ts';
import { type FeedPage, type Service, ServiceProblem } from '../service.ts';
import { createRevocationIndex, type Revocable } from './revocation-index.ts';
import { createWatchers } from './watchers.ts';

/** What is known of revocations. */
export interface Revocations {
  /** Whether something that was heard ends it. */
  isRevoked(revocable: Revocable): boolean;
  /** Whether all that was revoked in time is known. Otherwise a token has to be asked about, signed or not. */
  isWhole(): boolean;
  /** The moment up to which all revocations were heard: when the last whole hearing was begun. */
  heardAt(): Moment | undefined;
  /** When memory was dropped last: what was judged before cannot be told to be alive by it. */
  forgotAt(): Moment | undefined;
  /** Calls when something ends the visitor, or soon where something has. Gives a function that ends the watch. */
  watch(visitor: Revocable, listener: () => void): () => void;
  isWatched(visitor: Revocable): boolean;
  /** Hears the feed now, to its end. Joins what is under way. Rejects with a ServiceProblem. */
  hear(): Promise<void>;
  /** Says that something is to be kept right for a while: the feed is followed from now on. */
  followFor(ms: number): void;
  /** The accounts of the credential; undefined until the feed was heard. */
  accounts(): ReadonlySet<string> | undefined;
  close(): void;
}

export interface RevocationsDependencies {
  readonly service: Pick<Service, 'revocationsAfter'>;
  readonly serviceClock: ServiceClock;
  readonly entriesMax: number;
  readonly pollIntervalMs: number;
  /** The store came from a backup, or there is no more room: answers that are remembered count no more. */
  readonly forget: () => void;
  readonly report: (problem: unknown) => void;
}

const sweepIntervalMs = 60_000;

/** Makes the follower of a feed. It asks nothing before it is needed. */
export function followRevocations(dependencies: RevocationsDependencies): Revocations {
  const { service, serviceClock, entriesMax, pollIntervalMs, forget, report } = dependencies;
  const index = createRevocationIndex(entriesMax);
  const watchers = createWatchers(report);
  let after = 0;
  let isWhole = true;
  let heardAt: Moment | undefined;
  let forgotAt: Moment | undefined;
  let sweptAt = serviceClock.moment();
  let accounts: ReadonlySet<string> | undefined;
  let hearing: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // By the clock that nobody sets: one that is put forward would end the following too soon.
  let neededUntilMs = 0;
  let closed = false;

  function drop(): void {
    forgotAt = serviceClock.moment();
    forget();
  }

  function take(page: FeedPage): void {
    // Put back from a backup. The page begins the feed anew; what was heard before stays dead, for nothing is ever un-revoked.
    if (page.next < after) drop();
    for (const revocation of page.revocations) {
      if (!index.add(revocation)) {
        index.clear();
        index.add(revocation);
        isWhole = false;
        drop();
      }
      watchers.tell(revocation);
    }
    after = page.next;
    accounts = new Set(page.accounts);
  }

  async function hearToTheEnd(): Promise<void> {
    if (serviceClock.elapsedSince(sweptAt) > sweepIntervalMs) {
      index.sweep(serviceClock.now());
      sweptAt = serviceClock.moment();
    }
    for (;;) {
      const askedAt = serviceClock.moment();
      const askedAfter = after;
      const page = await service.revocationsAfter(after);
      take(page);
      if (!page.more) {
        heardAt = askedAt;
        return;
      }
      if (page.next === askedAfter)
        throw new ServiceProblem('The feed of revocations says that there is more, and does not go on.');
    }
  }

  function hear(): Promise<void> {
    hearing ??= hearToTheEnd().finally(() => {
      hearing = undefined;
    });
    return hearing;
  }

  const isNeeded = () => watchers.size > 0 || serviceClock.moment().uptimeMs < neededUntilMs;

  function follow(): void {
    if (timer !== undefined || closed || !isNeeded()) return;
    timer = setTimeout(() => {
      // It stays set while the feed is heard, so that only one turn is ever under way.
      hear()
        .catch(report)
        .finally(() => {
          timer = undefined;
          follow();
        });
    }, pollIntervalMs);
    // A backend that has nothing else to do may end.
    (timer as { unref?: () => void }).unref?.();
  }

  return {
    isRevoked: index.isRevoked,
    isWhole: () => isWhole,
    heardAt: () => heardAt,
    forgotAt: () => forgotAt,
    isWatched: watchers.isWatched,
    hear,
    accounts: () => accounts,

    watch(visitor, listener) {
      let stop = watchers.watch(visitor, listener);
      // It may have been heard while the visitor was being verified. Told later, so that who watches has returned first.
      if (index.isRevoked(visitor)) {
        stop();
        const timer = setTimeout(listener, 0);
        stop = () => clearTimeout(timer);
      }
      follow();
      return stop;
    },

    followFor(ms) {
      neededUntilMs = serviceClock.moment().uptimeMs + ms;
      follow();
    },

    close() {
      closed = true;
      clearTimeout(timer);
      watchers.clear();
    },
  };
}
