// Revocations of this node: durable before they are acknowledged, in effect here at once and on every other node when it
// next hears the feed, asked by every validation without leaving the process.

import { setImmediate } from 'node:timers/promises';
import { Refusal } from '@gangway/contracts/refusals';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { StartError } from '../../platform/start-error.ts';
import { gatherWrites } from './gather-writes.ts';
import { isSubjectOf, type Revocation, type RevocationKind } from './revocation.ts';
import { createRevocationIndex, type RevocationIndex } from './revocation-index.ts';
import type { FeedPage, RevocationStore } from './revocation-store.ts';

/** What is asked for when something is revoked. */
export interface RevocationRequest {
  readonly kind: RevocationKind;
  /** A UUID in either case, or a sid. */
  readonly subject: string;
  /** For the operator, at most 200 characters. Says nothing about a person. */
  readonly reason: string;
  /** Who asks: an operator, a backend, or the rule that decided; at most 100 characters. */
  readonly madeBy: string;
  /** The absolute end of the session (NumericDate) where it is known; otherwise the longest that one can be is assumed. */
  readonly absoluteEnd?: number | undefined;
}

/** The revocations of this node. */
export interface Revocations extends Pick<RevocationIndex, 'isRevoked' | 'size' | 'bytes'> {
  /**
   * Revokes. In effect on this node, and durable, once it resolves; again is no error, and extends it.
   * @throws Refusal `invalid_request` for what cannot be a subject of the kind; `upstream_unavailable` where the
   *   revocation could not be made durable: then it must be asked for again
   */
  revoke(request: RevocationRequest): Promise<void>;
  /** Hears what other nodes revoked, and forgets some of what has expired. Never fails: the next time may go better. */
  follow(): Promise<void>;
  /**
   * Reads at most so many entries of the feed after a sequence, and the newest sequence that there is.
   * @throws Refusal `upstream_unavailable` where the store cannot be read
   */
  read(after: number, limit: number): Promise<FeedPage & { readonly newest: number }>;
  /** Every revocation acknowledged anywhere before this moment is in effect here. Milliseconds since 1970. */
  asOfMs(): number;
  /** Whether that is longer ago than the operator allows: then tokens are to be refused, for want of knowledge. */
  tooOld(nowMs: number): boolean;
}

export interface RevocationsDependencies {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** How long a session can be at most, under any configuration, in seconds. */
  readonly sessionSecondsMax: number;
  /** For so long after its end a token may still count. */
  readonly clockLeewaySeconds: number;
  /** Beyond this age of what is known, tokens are refused. They never are unless it is given. */
  readonly ageSecondsMax?: number | undefined;
}

/** Rows of one read: a few milliseconds, between which requests are answered. */
const pageRows = 1000;
const batchMax = 500;
const retryAfterSeconds = 1;
const reasonLengthMax = 200;
const madeByLengthMax = 100;
const pruneIntervalMs = 60_000;
/** Rows stay for a day longer than needed: a clock that is wrong by less than that loses none for good. */
const pruneMarginMs = 24 * 60 * 60 * 1000;

/**
 * Opens the revocations of a node and loads all that count.
 * @throws StartError where they cannot be read: a node that has not heard of them would let the revoked in
 */
export async function openRevocations(dependencies: RevocationsDependencies): Promise<Revocations> {
  const { store, clock, log, ageSecondsMax = Number.POSITIVE_INFINITY } = dependencies;
  const index = createRevocationIndex();
  const write = gatherWrites(store.add, batchMax);
  let sequence = 0;
  let asOfMs = Number.NEGATIVE_INFINITY;
  let prunedAtMs = Number.NEGATIVE_INFINITY;
  let following: Promise<void> | undefined;
  let isAway = false;

  async function hear(): Promise<void> {
    const askedAtMs = clock.now();
    const newest = await store.newest();
    // Put back from a backup: what was written since has sequences that were heard before.
    if (newest < sequence) sequence = 0;
    while (sequence < newest) {
      const { entries, readTo = newest } = await store.after(sequence, pageRows);
      for (const entry of entries) index.add(entry, askedAtMs);
      sequence = readTo;
      if (sequence < newest) await setImmediate();
    }
    asOfMs = askedAtMs;
  }

  async function prune(nowMs: number): Promise<void> {
    if (Math.abs(nowMs - prunedAtMs) < pruneIntervalMs) return;
    const pruned = await store.prune(nowMs - pruneMarginMs, pageRows);
    // There are more: the next call goes on with them.
    if (pruned < pageRows) prunedAtMs = nowMs;
  }

  async function follow(): Promise<void> {
    const nowMs = clock.now();
    index.sweep(nowMs);
    try {
      await hear();
      await prune(nowMs);
      if (isAway) log.info({ revocations: index.size }, 'revocations are heard again');
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ reason: String(error), asOf: new Date(asOfMs).toISOString() }, 'revocations cannot be heard');
      isAway = true;
    } finally {
      following = undefined;
    }
  }

  try {
    await hear();
  } catch (error) {
    throw new StartError(`The revocations cannot be read: ${String(error)}`, { cause: error });
  }
  return {
    isRevoked: index.isRevoked,
    get size() {
      return index.size;
    },
    get bytes() {
      return index.bytes;
    },
    asOfMs: () => asOfMs,
    tooOld: (nowMs) => nowMs - asOfMs > ageSecondsMax * 1000,

    follow() {
      following ??= follow();
      return following;
    },

    async read(after, limit) {
      try {
        const newest = await store.newest();
        // Put back from a backup: the asker has to begin anew.
        return { ...(await store.after(newest < after ? 0 : after, limit)), newest };
      } catch (cause) {
        throw new Refusal('upstream_unavailable', { detail: String(cause), retryAfterSeconds, cause });
      }
    },

    async revoke(request) {
      const revocation = toRevocation(request, dependencies);
      try {
        await write(revocation);
      } catch (cause) {
        throw new Refusal('upstream_unavailable', {
          message: 'The revocation could not be stored, and is not in effect. Ask for it again.',
          detail: String(cause),
          retryAfterSeconds,
          cause,
        });
      }
      index.add(revocation, clock.now());
    },
  };
}

function toRevocation(request: RevocationRequest, dependencies: RevocationsDependencies): Revocation {
  const { kind, reason, madeBy, absoluteEnd } = request;
  const { clock, sessionSecondsMax, clockLeewaySeconds } = dependencies;
  const isSid = kind === 'deployment' || kind === 'account';
  const subject = isSid ? request.subject : request.subject.toLowerCase();
  if (!isSubjectOf(kind, subject)) {
    throw new Refusal('invalid_request', {
      message: isSid
        ? `The subject must be the sid of a${kind === 'account' ? 'n account (AC…)' : ' deployment (DP…)'}.`
        : `The subject must be the UUID of a${kind === 'identity' ? 'n' : ''} ${kind}.`,
    });
  }
  if (reason.length > reasonLengthMax || madeBy.length > madeByLengthMax) {
    throw new Refusal('invalid_request', {
      message: `A reason has at most ${reasonLengthMax} characters, its author ${madeByLengthMax}.`,
    });
  }
  const createdAtMs = clock.now();
  // Sessions of a deployment or account end at many times.
  const end = (isSid ? undefined : absoluteEnd) ?? createdAtMs / 1000 + sessionSecondsMax;
  return { kind, subject, reason, createdAtMs, expiresAtMs: Math.ceil((end + clockLeewaySeconds) * 1000), madeBy };
}
