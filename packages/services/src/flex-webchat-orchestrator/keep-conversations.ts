// What goes on with conversations after they were opened: the chat system is told of them, and what is older than the
// retention is deleted.

import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { ConversationRecords } from './conversation-records.ts';

const dayMs = 24 * 60 * 60 * 1000;
const forgetEveryMs = 60 * 60 * 1000;

/**
 * Makes the upkeep, to be called every second or so. It never fails: what could not be done now is done later. Nobody waits
 * for the chat system, which may be slow: neither a start nor what else is due in that second.
 */
export function keepConversations(
  records: ConversationRecords,
  { clock, log, retentionDays, tell }: { clock: Clock; log: Log; retentionDays: number; tell: () => Promise<void> },
): () => Promise<void> {
  let forgetAt = Number.NEGATIVE_INFINITY;
  const failed = (error: unknown) =>
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'conversations could not be kept up');
  return async () => {
    void tell().catch(failed);
    try {
      if (clock.now() < forgetAt) return;
      forgetAt = clock.now() + forgetEveryMs;
      const deleted = await records.forget(clock.now() - retentionDays * dayMs);
      if (deleted > 0) log.info({ deleted, retentionDays }, 'old conversations were deleted');
    } catch (error) {
      failed(error);
    }
  };
}
